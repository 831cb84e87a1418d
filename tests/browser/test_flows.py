"""A case from its first draft to its answer, as those who work for a town walk it: with keys, without script, in both
languages. How residents take part is walked in `test_levels.py`.
"""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.browser import places
from tests.browser.conftest import NewVisitor
from tests.browser.hands import CROSSED, CROSSED_TOO, Hand, walked
from tests.browser.servers import DEFAULT_LANGUAGE, Person, Server
from tests.browser.visitors import DESK

SAVE = 'form[action$="/sections/0"] button:not([formaction])'


@walked(CROSSED)
def test_a_planner_publishes(
    server: Server, new_visitor: NewVisitor, script: bool, town: str, keys: bool
) -> None:
    planner = new_visitor(server, places.EDITOR[town], town=town, script=script, size=DESK)
    hand, page, own = Hand(planner, keys=keys), planner.page, DEFAULT_LANGUAGE[town]
    code = begin(hand, own)
    explain(hand, own)
    desk = f"/desk/consultations/{code}"
    hand.press(f'a[href$="{desk}#sections"]')
    hand.press(f'a[href$="{desk}/phases"]')
    hand.set_day("#opens_0", datetime.now(UTC).replace(hour=8, minute=0) - timedelta(days=1))
    hand.press('form[action$="/phases"] button')
    planner.go(desk)
    hand.press('a.ds-button[href$="/publishing"]')
    assert server.person(town=town).get(f"/consultations/{code}").status_code == 404, "not yet"
    hand.press('form[action$="/publishing"] button')
    expect(page.locator(".notice")).to_contain_text(planner.say("It is public now."))

    reader = new_visitor(server, town=town, script=script)
    reader.go(f"/consultations/{code}")
    expect(reader.page.locator("h1")).to_have_text("Torget")
    expect(reader.page.locator("#main")).to_contain_text("Fordi det er trangt.")
    expect(reader.page.locator("#body"), "and is open").to_be_visible()

    planner.go(f"{desk}/sections/0")
    hand.type(f"#body_{own}", "Fordi det er **farleg**.")
    hand.press(SAVE)
    planner.go(f"{desk}/publishing")
    hand.type(f"#note_{own}", "Eit ord er bytt.")
    hand.press('form[action$="/publishing"] button')
    expect(page.locator("#main")).to_contain_text("Eit ord er bytt.")
    hand.press('a[href$="/versions/2"]')
    assert page.locator("ins").count() == 1
    planner.check()
    reader.check()


def begin(hand: Hand, own: str) -> str:
    """A draft with its summary and facts; returns the code."""
    planner, page = hand.visitor, hand.visitor.page
    planner.go("/desk/consultations")
    hand.press('main a.ds-button[href$="/new"]')
    hand.type("#title", "Torget")
    hand.press('form[action$="/desk/consultations/new"] button')
    code = re.search(r"/desk/consultations/(\w+)", page.url)
    assert code
    hand.type(f"#summary_{own}", "Vi stengjer torget. Kva meiner du?")
    hand.press('form[action$="/texts"] button')
    expect(page.locator(".notice")).to_contain_text(planner.say("Saved."))
    hand.type("#contact_name", "Hanna Hagen")
    hand.type("#contact_phone", "00 00 00 00")
    hand.set_day("#answer_by", (datetime.now(UTC) + timedelta(days=90)).date())
    hand.press('form[action$="/facts"] button')
    return code[1]


def explain(hand: Hand, own: str) -> None:
    """The first section, looked at before it is saved."""
    planner, page = hand.visitor, hand.visitor.page
    hand.press('.parts a[href$="/sections/0"]')
    hand.type(f"#body_{own}", "Fordi det er **trangt**.")
    loads = len(planner.loads)
    hand.press('button[formaction$="/preview"]')
    expect(page.locator("#shown strong")).to_have_text("trangt")
    assert (len(planner.loads) == loads) == planner.script, "with script only the preview is swapped"
    assert page.locator(f"#body_{own}").input_value().strip() == "Fordi det er **trangt**."
    hand.press(SAVE)
    expect(page.locator(".notice")).to_contain_text(planner.say("Saved."))


@walked(CROSSED_TOO)
def test_a_moderator_clears_the_queue(
    server: Server, new_visitor: NewVisitor, script: bool, town: str, keys: bool
) -> None:
    """What was held comes out, what was reported goes; a decision that was wrong is undone."""
    case = places.case(server, "soon", town)
    held = places.newcomer(server, town).comment(case, "Jeg er ny her. Se www.nyhet.example.")
    reported = server.person(places.RESIDENT[town], town).comment(case, "Dette er for drøyt.")
    neighbour = server.person(places.NEIGHBOUR[town], town)  # who is signed in reads no page of a second ago
    neighbour.report(reported, "Uff.")
    moderator = new_visitor(server, places.MODERATOR[town], town=town, script=script, size=DESK)
    hand, page = Hand(moderator, keys=keys), moderator.page

    moderator.go(f"/moderation?consultation={case.split('/')[2]}")
    waiting = page.locator(".inbox li")
    expect(waiting).to_have_count(2)
    hand.press(f'.inbox a[href*="/moderation/{held}"]')
    expect(page.locator("#case")).to_contain_text("www.nyhet.example")
    hand.press(f'form[action*="/moderation/{held}/approval"] button')
    expect(page.locator(".notice")).to_be_visible()
    assert "nyhet" in neighbour.get(f"/comments/{held}").text
    expect(waiting).to_have_count(1)

    hand.press(f'.inbox a[href*="/moderation/{reported}"]')
    hand.choose("#rule", "2")
    hand.type("#facts", "Skriv om saken, ikke om personen.")
    hand.press(f'form[action*="/moderation/{reported}/hiding"] button')
    expect(waiting).to_have_count(0)
    assert "for drøyt" not in neighbour.get(f"/comments/{reported}").text

    hand.press(f'form[action*="/moderation/{reported}/undoing"] button')
    expect(waiting).to_have_count(1)
    assert "for drøyt" in neighbour.get(f"/comments/{reported}").text
    hand.press(f'form[action*="/moderation/{reported}/approval"] button')
    expect(waiting).to_have_count(0)
    assert "for drøyt" in neighbour.get(f"/comments/{reported}").text
    moderator.check()


@walked(CROSSED_TOO)
def test_staff_answer_and_close(
    server: Server, new_visitor: NewVisitor, script: bool, town: str, keys: bool
) -> None:
    """One who wrote and one who follows hear of it, and the case shows first what came of it."""
    case = places.case(server, "soon", town)
    code = case.split("/")[2]
    author, follower = (server.person(who[town], town) for who in (places.RESIDENT, places.NEIGHBOUR))
    comment = author.comment(case, f"Hva med dem som går? {script} {town}")
    follower.post(f"/consultations/{code}/following")
    editor = new_visitor(server, places.EDITOR[town], town=town, script=script, size=DESK)
    hand = Hand(editor, keys=keys)

    editor.go(case)
    hand.press('main a[href$="/answers"]')
    answer(hand, comment)
    assert "gangveien" not in follower.get(f"/comments/{comment}").text, "prepared in peace"
    release(hand)
    assert "gangveien" in follower.get(f"/comments/{comment}").text
    told = editor.say("The municipality has answered what you said in “%(title)s”").split("%")[0]
    assert "gangveien" in server.letter_saying(told, address_of(author))

    close(hand, code)
    editor.go(case)
    hand.press('main a[href$="/result"]')
    report_back(hand)
    for message in ("New dates for “%(title)s”", "What came of “%(title)s”"):
        server.letter_saying(editor.say(message).split("%")[0], address_of(follower))

    reader = new_visitor(server, town=town, script=script)
    reader.go(case)
    page = reader.page
    expect(page.locator("header .lead")).to_have_text("Det blir gangvei.")
    order = page.locator("main h2[id]").evaluate_all("all => all.map(one => one.id)")
    assert order.index("result") < order.index("when"), "what came of it stands first"
    expect(page.locator("#body")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("Pengene er brukt opp.")
    reader.check()
    editor.check()


def answer(hand: Hand, comment: str) -> None:
    own, page = DEFAULT_LANGUAGE[hand.visitor.town], hand.visitor.page
    link = f'main a[href$="/answers/{comment}"]'
    while not page.locator(link).count():
        hand.press('main a[rel="next"]')
    hand.press(link)
    hand.type(f"#body_{own}", "Vi tegner inn gangveien.")
    hand.press(f'form[action$="/answers/{comment}"] button')
    expect(page.locator("#errors")).to_be_visible()
    expect(page.locator(f"#body_{own}")).to_have_value("Vi tegner inn gangveien.")
    hand.choose("#outcome", "changed")
    hand.press(f'form[action$="/answers/{comment}"] button')
    expect(page.locator(".notice")).to_be_visible()


def release(hand: Hand) -> None:
    page = hand.visitor.page
    if not page.locator('main a[href$="/answers/release"]').count():
        hand.press('main a[href*="shelf=prepared"]')
    hand.press('main a[href$="/answers/release"]')
    hand.press('form[action$="/release"] button')
    notice = hand.visitor.say("The answers are released. Their authors get a letter.")
    expect(page.locator(".notice")).to_have_text(notice)


def close(hand: Hand, code: str) -> None:
    """From the desk, before the day that was promised; everybody reads why."""
    own, page = DEFAULT_LANGUAGE[hand.visitor.town], hand.visitor.page
    hand.visitor.go("/desk")
    hand.press(f'main a[href$="/desk/consultations/{code}/dates"]')
    hand.press('main a[href$="/dates/closing"]')
    hand.press('form[action$="/closing"] button')
    expect(page.locator("#errors")).to_be_visible()
    hand.type(f"#reason_{own}", "Pengene er brukt opp.")
    hand.press('form[action$="/closing"] button')
    expect(page.locator(".notice")).to_contain_text(
        hand.visitor.say("It is closed. The page of the consultation says so.")
    )


def report_back(hand: Hand) -> None:
    own, page = DEFAULT_LANGUAGE[hand.visitor.town], hand.visitor.page
    hand.choose("#outcome", "partly_changed")
    for part, words in (
        ("summary", "Det blir gangvei."),
        ("said", "Dere ville gå."),
        ("considered", "Vi målte opp."),
        ("changed", "Vi tegnet den inn."),
    ):
        hand.type(f"#{part}_{own}", words)
    hand.press('form[action$="/result"] button')
    expect(page.locator(".notice")).to_be_visible()
    hand.press('main a[href$="/result/publishing"]')
    hand.press('form[action$="/result/publishing"] button')


def address_of(somebody: Person) -> str:
    return f"{somebody.key}@example.org"
