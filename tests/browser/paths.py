"""What somebody did over HTTP before the page that is looked at. Each returns the words that its state speaks of."""

import re
import secrets

from tests.browser import places
from tests.browser.servers import Person

PERSON = re.compile(
    r'<label class="small" for="role-(\d+)">[^<]*<span class="ds-sr-only">\s*for ([^<]*)</span>'
)
INVITED = re.compile(r'revocation\?invitation=(\d+)">[^<]*<span class="ds-sr-only">\s*([^<]*)</span>')
ANSWERED = re.compile(r'href="[^"]*/answers/([a-z0-9]{10})"')
HANDED_OVER = re.compile(r"<code>https?://[^/]+(/\S*l/[^<]+)</code>")
ADMINISTRATOR = {"halden": "gunn", "alesund": "jorunn"}


def ask_for_code(person: Person) -> dict[str, str]:
    address = f"{secrets.token_hex(6)}@eksempel.no"
    person.post("/sign-in/email", email=address, to="/consultations")
    return {"link": person.server.link_for(address)}


def use_link(person: Person) -> dict[str, str]:
    words = ask_for_code(person)
    person.server.person("", person.town).post(words["link"])
    return words


def write_before_signing_in(person: Person) -> dict[str, str]:
    """They wrote signed out, and have signed in at another tab."""
    _keep_act(
        person, f"{places.case(person.server, 'plan', person.town)}/comments", "Skrevet før innlogging."
    )
    return {}


def write_where_eid_is_needed(person: Person) -> dict[str, str]:
    _keep_act(person, f"{places.case(person.server, 'eid', person.town)}/comments", "Skrevet for tidlig.")
    return {}


def answer_what_is_withdrawn_then(person: Person) -> dict[str, str]:
    author = person.server.person(places.RESIDENT[person.town], person.town)
    code = author.comment(places.case(person.server, "plan", person.town), "Dette trekkes snart.")
    _keep_act(person, f"/comments/{code}/reply", "Et svar som kom for sent.")
    author.withdraw(code)
    return {}


def have_comments(person: Person) -> dict[str, str]:
    return places.comments_in_every_state(person.server, person.town)


def stay_long(person: Person) -> dict[str, str]:
    person.server.make_sessions_old("Amina E.")
    return {}


def know_answers(person: Person) -> dict[str, str]:
    """Codes of a consultation that owes an answer and of one that has given it; and of comments in each state."""
    server, town = person.server, person.town
    due, done = (places.case(server, kind, town).split("/")[2] for kind in ("owed", "closed"))
    editor = server.person(places.EDITOR[town], town)

    def first(code: str, shelf: str) -> str:
        page = editor.get(f"/desk/consultations/{code}/answers{shelf}").text
        return ANSWERED.findall(page)[0]

    return {
        "due": due,
        "done": done,
        "waiting": first(due, ""),
        "ready": first(due, "?shelf=prepared"),
        "told": first(done, "?shelf=released"),
    }


def know_staff(person: Person) -> dict[str, str]:
    """The numbers of the staff by their first names."""
    page = person.get("/staff").text
    return {name.split()[0].lower(): number for number, name in PERSON.findall(page)}


def invite(person: Person) -> dict[str, str]:
    """The administrator invited somebody."""
    address = f"{secrets.token_hex(6)}@halden.example"
    person.post("/staff/invitations", email=address, role="reader")
    link = HANDED_OVER.search(person.get("/staff/invitation").text)
    assert link
    numbers = {email.strip(): number for number, email in INVITED.findall(person.get("/staff").text)}
    return {"invitation": numbers[address], "link": link[1]}


def invite_and_revoke(person: Person) -> dict[str, str]:
    words = invite(person)
    person.post("/staff/revocation", chosen=words["invitation"])
    return words


def be_invited(person: Person) -> dict[str, str]:
    return invite(person.server.person(ADMINISTRATOR[person.town], person.town))


def be_invited_and_revoked(person: Person) -> dict[str, str]:
    administrator = person.server.person(ADMINISTRATOR[person.town], person.town)
    words = invite(administrator)
    person.post(words["link"])
    administrator.post("/staff/revocation", chosen=words["invitation"])
    return words


def hold_invitation(person: Person) -> dict[str, str]:
    words = be_invited(person)
    person.post(words["link"])
    return words


def _keep_act(person: Person, address: str, body: str) -> None:
    stranger = person.server.person("", person.town)
    stranger.post(address, body=body, section="0")
    person.client.cookies.update(stranger.client.cookies)
