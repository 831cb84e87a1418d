// A real OpenID provider (npm `oidc-provider`, certified) on loopback, in the shape of ID-porten: code flow only, PKCE
// S256, private_key_jwt, acr idporten-loa-*, `pid` and `locale` in the id_token, one sign-in for several services.
// Nobody here is real: numbers have month + 80.  Usage: node real_provider.mjs PORT CLIENTS.json
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Provider, { interactionPolicy } from 'oidc-provider';

const [port, clientsFile] = process.argv.slice(2);
const LOA = ['idporten-loa-substantial', 'idporten-loa-high'];
const PEOPLE = {
  kari: { pid: '17912099997', locale: 'nb' },
  utland: { locale: 'en' }, // a foreign electronic ID may give no number
};

const policy = interactionPolicy.base();
policy.remove('consent');
policy.get('login').checks.add(new interactionPolicy.Check('acr_too_low', 'a higher level is asked for', (ctx) => {
  const asked = (ctx.oidc.params.acr_values || '').split(' ').map((one) => LOA.indexOf(one)).filter((i) => i >= 0);
  return asked.length > 0 && LOA.indexOf(ctx.oidc.session?.acr) < Math.min(...asked);
}));

const provider = new Provider(`http://127.0.0.1:${port}`, {
  acrValues: LOA,
  clients: JSON.parse(readFileSync(clientsFile)),
  claims: { openid: ['sub', 'pid', 'locale', 'sid'], acr: null, amr: null, auth_time: null },
  conformIdTokenClaims: false, // numbers stand in the id_token, as ID-porten does it
  pkce: { required: () => true },
  responseTypes: ['code'],
  enableHttpPostMethods: true, // sign-out by POST; browsers then want these cookies with SameSite=None
  cookies: { keys: [randomBytes(24).toString('hex')], long: { sameSite: 'none' } },
  subjectTypes: ['pairwise'],
  pairwiseIdentifier: (_ctx, account, client) => createHash('sha256').update(`${client.clientId}:${account}`).digest('base64url'),
  interactions: { policy, url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (ctx, login) => ({
    accountId: login,
    claims: () => ({ sub: login, sid: ctx.oidc.entities.AuthorizationCode?.sessionUid, ...PEOPLE[login] }),
  }),
  loadExistingGrant: async (ctx) => {
    const grant = new provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid');
    grant.addOIDCClaims(['pid', 'locale', 'acr', 'amr', 'auth_time', 'sid']);
    await grant.save();
    return grant;
  },
  features: {
    devInteractions: { enabled: false },
    rpInitiatedLogout: { enabled: true, logoutSource: (ctx, form) => {
      ctx.body = `<!doctype html><title>Logger ut</title>${form}`;
    } },
  },
});

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) return next();
  if (ctx.method === 'GET') {
    const { params } = await provider.interactionDetails(ctx.req, ctx.res);
    ctx.type = 'html';
    ctx.body = `<!doctype html><html lang="${params.ui_locales}"><title>Test-ID</title>`;
    return undefined;
  }
  let body = '';
  for await (const chunk of ctx.req) body += chunk;
  const [accountId, acr] = (new URLSearchParams(body).get('as') || 'cancel').split(':');
  const result = accountId === 'cancel'
    ? { error: 'access_denied', error_description: 'cancelled' }
    : { login: { accountId, acr, amr: ['TestID'], remember: true } };
  ctx.respond = false;
  return provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
});
provider.on('server_error', (_ctx, error) => console.error(error));
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
