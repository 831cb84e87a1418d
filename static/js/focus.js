// After a swap: put the reader where a full page load would. No markup is made here.
(() => {
  htmx.registerExtension("participation", { init(api) {        // htmx builds functions from attributes; ours never do
    const refuse = function () { throw new Error("no code in attributes"); };
    api.initSecurity(null, refuse, refuse);
  } });
  document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
    if (ctx.response.status === 422 || !document.getElementById("main")) return;   // 422 is the form with its errors
    Object.assign(ctx, { target: document.getElementById("main"), select: "#main", swap: "outerHTML", push: null, replace: null });
  });
  const seen = new WeakSet(document.querySelectorAll("#errors, [data-focus]"));
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    const isNew = (place) => place && !seen.has(place) && seen.add(place);
    const whole = (ctx.target?.id || ctx.target) === "main" || ctx.target === "#main";
    const place = [document.getElementById("errors"), ...document.querySelectorAll("[data-focus]")].find(isNew)
      || (whole ? document.querySelector("main h1") : null);
    if (place && place.tabIndex < 0) place.tabIndex = -1;
    place?.focus();
  });
})();
