"""Taking part at each level as people do it: from the first word to the last change, counted in presses.

Each way is walked with script and without, in Halden (bokmål) and Ålesund (nynorsk), by hand and by keyboard alone. The
level of electronic ID is walked in `tests/people/test_oidc_chromium.py`, where there is a provider.
"""

import secrets

from playwright.sync_api import expect

from tests.browser import places
from tests.browser.conftest import NewVisitor
from tests.browser.hands import CROSSED, CROSSED_TOO, Hand, walked
from tests.browser.servers import Server
from tests.browser.visitors import DESK, Visitor


@walked(CROSSED)
def test_by_email(server: Server, new_visitor: NewVisitor, script: bool, town: str, keys: bool) -> None:
    address, text = f"{secrets.token_hex(5)}@eksempel.no", f"Ord fra en telefon {script} {town} {keys}."
    visitor = new_visitor(server, town=town, script=script, size=DESK)
    hand, page = Hand(visitor, keys=keys), visitor.page
    neighbours = server.person(places.NEIGHBOUR[town], town).comment(places.case(server, "plan", town), text)
    visitor.go(places.case(server, "plan", town))
    hand.type("#body", f"Mitt: {text}")
    hand.press('form[action$="/comments"] button[type=submit]')
    assert visitor.path.endswith("/act") and text in page.locator(".typed").inner_text()
    hand.type("#email", address)
    hand.press('form[action$="/sign-in/email"] button')
    hand.type("#code", server.code_for(address))
    hand.press('form[action$="/sign-in/code"] button')
    mine = page.locator(".thread > li.entry", has_text=f"Mitt: {text}").first
    expect(mine).to_be_visible()
    assert hand.presses <= 4, "at most four presses from the text to the published comment"
    code = str(mine.get_attribute("id")).removeprefix("c-")

    visitor.go(f"/comments/{neighbours}")
    hand.press(f"#vote-{neighbours}-for")
    expect(page.locator(f"#vote-{neighbours}-for")).to_have_attribute("aria-pressed", "true")
    come_back_later(server, visitor, hand, address)
    take_back_vote(visitor, hand, neighbours)
    change_and_withdraw(visitor, hand, code)
    visitor.check()


@walked(CROSSED_TOO)
def test_without_signing_in(
    server: Server, new_visitor: NewVisitor, script: bool, town: str, keys: bool
) -> None:
    """Only Halden has a case that is open to everybody; nynorsk is read there too."""
    language, text = {"halden": "", "alesund": "nn"}[town], f"Ord fra en gjest {script} {town} {keys}."
    visitor = new_visitor(server, language=language, script=script, size=DESK)
    hand, page = Hand(visitor, keys=keys), visitor.page
    neighbours = server.person("tor").comment(places.case(server, "all"), text)
    visitor.go(places.case(server, "all"))
    hand.type("#body", f"Mitt: {text}")
    hand.press('form[action$="/comments"] button[type=submit]')
    assert visitor.path.endswith("/act") and text in page.locator(".typed").inner_text()
    hand.press('form[action$="/act/guest"] button')
    expect(page.locator("h1")).to_have_text(visitor.say("Thank you, it is sent"))
    assert hand.presses == 2, "from the text to the published comment"
    private = page.locator("code.key").inner_text()
    hand.press('main a.ds-button[href*="/consultations/"]')
    mine = page.locator(".thread > li.entry", has_text=f"Mitt: {text}").first
    expect(mine).to_be_visible()
    code = str(mine.get_attribute("id")).removeprefix("c-")

    visitor.go(f"/comments/{neighbours}")
    hand.press(f"#vote-{neighbours}-for")
    expect(page.locator(f"#vote-{neighbours}-for")).to_have_attribute("aria-pressed", "true")

    server.end_sessions()
    visitor.go(f"/comments/{code}")
    expect(page.locator(f'a[href$="/comments/{code}/edit"]')).to_have_count(0)
    page.goto(private)
    hand.press('form[action*="/l/"] button')
    assert visitor.path.endswith("/my-page")
    take_back_vote(visitor, hand, neighbours)
    change_and_withdraw(visitor, hand, code)
    visitor.check()


@walked(CROSSED_TOO)
def test_a_vote_comes_first(
    server: Server, new_visitor: NewVisitor, script: bool, town: str, keys: bool
) -> None:
    """Nobody has to be known before they vote; the vote waits, and is counted once they have confirmed.

    In Halden's case one supports; in Ålesund's one is for or against, and may change one's mind.
    """
    address = f"{secrets.token_hex(5)}@eksempel.no"
    voter = new_visitor(server, town=town, script=script, size=DESK)
    hand, page = Hand(voter, keys=keys), voter.page
    author = server.person(places.RESIDENT[town], town)
    code = author.comment(places.case(server, "soon", town), f"Noe å støtte {script} {town}.")
    voter.go(f"/comments/{code}")
    hand.press(f"#vote-{code}-for")
    assert voter.path.endswith("/act")
    expect(page.locator(".typed")).to_contain_text("Noe å støtte")
    uncounted = {"halden": "Nobody has supported this yet.", "alesund": "Nobody has voted on this yet."}[town]
    assert voter.say(uncounted) in author.get(f"/comments/{code}").text
    hand.type("#email", address)
    hand.press('form[action$="/sign-in/email"] button')
    hand.type("#code", server.code_for(address))
    hand.press('form[action$="/sign-in/code"] button')
    assert voter.path.endswith(f"/comments/{code}"), "back to what was voted on"
    expect(page.locator(f"#vote-{code}-for")).to_have_attribute("aria-pressed", "true")
    assert hand.presses == 3, "from the first press to the counted vote"
    assert voter.say(uncounted) not in author.get(f"/comments/{code}").text
    voter.go("/my-page")
    hand.press(f'section[aria-labelledby="votes"] a[href*="/comments/{code}"]')
    if town == "alesund":
        hand.press(f"#vote-{code}-against")
        expect(page.locator(f"#vote-{code}-against")).to_have_attribute("aria-pressed", "true")
    hand.press(f'#vote-{code} button[value="none"]')
    expect(page.locator(f"#vote-{code}")).to_contain_text(voter.say(uncounted))
    voter.check()


def come_back_later(server: Server, visitor: Visitor, hand: Hand, address: str) -> None:
    """The session is over; a new code, and it is the same person."""
    server.end_sessions()
    server.throw_letters_away()
    visitor.go("/sign-in")
    hand.type("#email", address)
    hand.press('form[action$="/sign-in/email"] button')
    hand.type("#code", server.code_for(address))
    hand.press('form[action$="/sign-in/code"] button')


def take_back_vote(visitor: Visitor, hand: Hand, code: str) -> None:
    visitor.go(f"/comments/{code}")
    hand.press(f'#vote-{code} button[value="none"]')
    expect(visitor.page.locator(f"#vote-{code}-for")).to_have_attribute("aria-pressed", "false")


def change_and_withdraw(visitor: Visitor, hand: Hand, code: str) -> None:
    """Change the comment, and then take it back, from where my page leads."""
    page = visitor.page
    visitor.go("/my-page")
    hand.press(f'main a[href*="/comments/{code}"]')
    hand.press(f'a[href$="/comments/{code}/edit"]')
    hand.type('form[action$="/edit"] #body', "Endret en uke senere. ")
    hand.press('form[action$="/edit"] button')
    expect(page.locator(f"#c-{code}")).to_contain_text("Endret en uke senere.")
    hand.press(f'a[href$="/comments/{code}/withdrawal"]')
    hand.press('form[action$="/withdrawal"] button')
    expect(page.locator(f"#c-{code}")).to_contain_text(visitor.say("You withdrew this comment"))
