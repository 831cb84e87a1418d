"""What somebody did over HTTP before the page that is looked at. Each returns the words that its state speaks of."""

import re
import secrets
from datetime import timedelta

from participation import clock
from tests.browser import places
from tests.browser.servers import Person

PERSON = re.compile(
    r'<label class="small" for="role-(\d+)">[^<]*<span class="ds-sr-only">\s*for ([^<]*)</span>'
)
INVITED = re.compile(r'revocation\?invitation=(\d+)">[^<]*<span class="ds-sr-only">\s*([^<]*)</span>')
UNIT = re.compile(r'/staff/units/change\?unit=(\d+)">[^<]*<span class="ds-sr-only">([^<]*)</span>')
ANSWERED = re.compile(r'href="[^"]*/answers/([a-z0-9]{10})"')
HANDED_OVER = re.compile(r"<code>https?://[^/]+(/\S*l/[^<]+)</code>")
PRIVATE = re.compile(r'<code class="key">https?://[^/]+(/\S*l/[^<]+)</code>')
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


def know_proposals(person: Person) -> dict[str, str]:
    """The first proposal of the demo, and its case as its editors find it."""
    address = places.proposals(person.server)[0]
    case = places.case(person.server, "ideas")
    desk = f"/desk/consultations/{case.split('/')[2]}/proposals"
    return {"address": address, "code": address.split("/")[2], "case": case, "desk": desk}


def talk_about_proposal(person: Person) -> dict[str, str]:
    """A neighbour commented on the second proposal."""
    address = places.proposals(person.server)[1]
    neighbour = person.server.person(places.NEIGHBOUR["halden"], "halden")
    answer = neighbour.post(
        f"{address}/comments", body="Et innspill om forslaget.", idem=secrets.token_hex(6)
    )
    return {"address": address, "said": answer.headers["location"].rpartition("#c-")[2]}


def withdraw_proposal(person: Person) -> dict[str, str]:
    """An editor published one more and withdrew it."""
    words = know_proposals(person)
    editor = person.server.person(places.EDITOR["halden"], "halden")
    title = f"Trukket {secrets.token_hex(4)}"
    editor.post(words["desk"], title_nb=title, body_nb="Et forslag som ble trukket.", cost="1000", sure="yes")
    listed = places.OPTION.findall(editor.get(words["case"]).text)
    words["address"] = next(one for one in listed if title.lower().replace(" ", "-") in one)
    words["code"] = words["address"].split("/")[2]
    editor.post(f"{words['desk']}/{words['code']}/withdrawal", reason_nb="Tomta er solgt til andre.")
    return words


def clash_over_proposal(person: Person) -> dict[str, str]:
    """Another editor saved meanwhile."""
    words = know_proposals(person)
    words["address"] = places.proposals(person.server)[-1]
    words["code"] = words["address"].split("/")[2]
    page = person.get(f"{words['desk']}/{words['code']}").text
    revision = re.findall(r'name="revision" value="(\d+)"', page)[0]
    fields = {"title_nn": "T", "title_en": "T", "body_nn": "B", "body_en": "B", "revision": revision}
    person.post(f"{words['desk']}/{words['code']}", title_nb="Den andres tittel", body_nb="Deres.", **fields)
    return words


def find_following(person: Person) -> dict[str, str]:
    """Where a case is followed."""
    code = places.case(person.server, "plan", person.town).split("/")[2]
    return {"following": f"/consultations/{code}/following"}


def ask_to_follow(person: Person) -> dict[str, str]:
    address = f"{secrets.token_hex(6)}@eksempel.no"
    words = find_following(person)
    person.post(f"{words['following']}/address", email=address)
    return {**words, "link": person.server.link_for(address)}


def get_a_letter(person: Person) -> dict[str, str]:
    """Amina follows a case that closes soon, and the letter has a link to stop."""
    return {"link": person.server.stop_link_for("amina@example.org")}


def be_refused(person: Person) -> dict[str, str]:
    person.server.refuse_address(f"{person.key}@example.org")
    return {}


def know_units(person: Person) -> dict[str, str]:
    """The numbers of a unit and the one above it."""
    found = {name.strip(): number for number, name in UNIT.findall(person.get("/staff/units").text)}
    return {"children": found["Enhet for oppvekst"], "education": found["Oppvekst og kultur"]}


def know_code(person: Person) -> dict[str, str]:
    """The plan by its code, a day after its deadline, and the deadline that stands in its form."""
    code = places.case(person.server, "plan", person.town).split("/")[2]
    later = (clock.now() + timedelta(days=100)).strftime("%Y-%m-%d")
    page = person.get(f"/desk/consultations/{code}/dates/closing").text
    was = re.search(r'name="was" value="(\d+)"', page)
    assert was
    return {"code": code, "later": later, "was": was[1]}


def know_moved(person: Person) -> dict[str, str]:
    """A case whose deadline was moved."""
    listed = person.get("/consultations").text
    return {"moved": next(path for path in places.LISTED.findall(listed) if "delebil" in path)}


def _keep_act(person: Person, address: str, body: str) -> None:
    stranger = person.server.person("", person.town)
    stranger.post(address, body=body, section="0")
    person.client.cookies.update(stranger.client.cookies)


def find_open(person: Person) -> dict[str, str]:
    """A comment that everybody may vote on, by somebody else."""
    author = person.server.person(places.RESIDENT["halden"])
    return {"foreign": author.comment(places.case(person.server, "all"), "Noe å stemme på uten innlogging.")}


def write_where_all_may(person: Person) -> dict[str, str]:
    _keep_act(person, f"{places.case(person.server, 'all')}/comments", "Skrevet uten innlogging.")
    return {}


def vote_where_all_may(person: Person) -> dict[str, str]:
    code = find_open(person)["foreign"]
    person.post(f"/comments/{code}/vote", stance="for")
    return {}


def be_guest(person: Person) -> dict[str, str]:
    """They have taken part without signing in, commented and voted."""
    person.post(f"{places.case(person.server, 'all')}/comments", body="Skrevet uten innlogging.", section="0")
    receipt = person.get(person.post("/act/guest", name="Sommergjest").headers["location"])
    code = find_open(person)["foreign"]
    person.post(f"/comments/{code}/vote", stance="for")
    link = PRIVATE.search(receipt.text)
    own = re.search(r"new%3D(\w+)|new=(\w+)", receipt.text)
    assert link and own
    return {"link": link[1], "own": own[1] or own[2]}


def hold_private_link(person: Person) -> dict[str, str]:
    return be_guest(person.server.person())


def be_guest_with_anothers_link(person: Person) -> dict[str, str]:
    be_guest(person)
    return hold_private_link(person)


def hold_replaced_link(person: Person) -> dict[str, str]:
    guest = person.server.person()
    words = be_guest(guest)
    guest.post("/my-page/link")
    return words


def hold_claim(person: Person) -> dict[str, str]:
    words = hold_private_link(person)
    person.post(words["link"])
    return words


def have_guest_comment(person: Person) -> dict[str, str]:
    return be_guest(person.server.person())


def ask_to_add(person: Person) -> dict[str, str]:
    guest = person.server.person()
    be_guest(guest)
    address = f"{secrets.token_hex(6)}@eksempel.no"
    guest.post("/my-page/address", email=address)
    return {"link": person.server.link_for(address)}


def ask_to_link(person: Person) -> dict[str, str]:
    address = f"{secrets.token_hex(6)}@eksempel.no"
    person.post("/my-page/identities", email=address)
    return {"link": person.server.link_for(address)}


def hold_linking_of_other(person: Person) -> dict[str, str]:
    return ask_to_link(person.server.person("siri"))
