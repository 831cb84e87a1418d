"""A planner publishes a case and changes it, with and without script, in Halden (bokmål) and Ålesund (nynorsk)."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewVisitor
from tests.browser.editing import EDITOR
from tests.browser.servers import Server
from tests.browser.visitors import Visitor


@pytest.mark.parametrize(
    ("script", "town"), [(True, "halden"), (False, "alesund")], ids=["script-nb", "plain-nn"]
)
def test_a_planner_publishes(server: Server, new_visitor: NewVisitor, script: bool, town: str) -> None:
    planner = new_visitor(server, EDITOR[town], town=town, script=script)
    code = write(planner)
    page = planner.page
    planner.follow(page.locator('a.ds-button[href$="/publishing"]'))
    planner.submit("/publishing")
    expect(page.locator(".notice")).to_contain_text(planner.say("It is public now."))

    reader = new_visitor(server, town=town, script=script)
    reader.go(f"/consultations/{code}")
    expect(reader.page.locator("h1")).to_have_text("Torget")
    expect(reader.page.locator("#main")).to_contain_text("Fordi det er trangt.")

    planner.go(f"/desk/consultations/{code}/sections/0")
    page.locator(f"#body_{own(planner)}").fill("Fordi det er **farleg**.")
    planner.follow(page.locator('form[action$="/sections/0"] button:not([formaction])'))
    planner.go(f"/desk/consultations/{code}/publishing")
    page.locator(f"#note_{own(planner)}").fill("Eit ord er bytt.")
    planner.submit("/publishing")
    expect(page.locator("#main")).to_contain_text("Eit ord er bytt.")
    planner.follow(page.locator('a[href$="/versions/2"]'))
    assert page.locator("ins").count() == 1
    planner.check()
    reader.check()


def write(planner: Visitor) -> str:
    """From nothing to all that is needed; returns the code."""
    page, language = planner.page, own(planner)
    planner.go("/desk/consultations/new")
    page.locator("#title").fill("Torget")
    planner.submit("/desk/consultations/new")
    code = re.search(r"/desk/consultations/(\w+)", page.url)
    assert code
    page.locator(f"#summary_{language}").fill("Vi stengjer torget. Kva meiner du?")
    planner.submit("/texts")
    expect(page.locator(".notice")).to_contain_text(planner.say("Saved."))
    page.locator("#contact_name").fill("Hanna Hagen")
    page.locator("#contact_phone").fill("00 00 00 00")
    page.locator("#answer_by").fill((datetime.now(UTC) + timedelta(days=90)).strftime("%Y-%m-%d"))
    planner.submit("/facts")
    planner.follow(page.locator('.parts a[href$="/sections/0"]'))
    page.locator(f"#body_{language}").fill("Fordi det er **trangt**.")
    loads = len(planner.loads)
    page.locator('button[formaction$="/preview"]').click()
    expect(page.locator("#shown strong")).to_have_text("trangt")
    assert (len(planner.loads) == loads) == planner.script, "with script only the preview is swapped"
    assert page.locator(f"#body_{language}").input_value().strip() == "Fordi det er **trangt**."
    planner.follow(page.locator('form[action$="/sections/0"] button:not([formaction])'))
    expect(page.locator(".notice")).to_contain_text(planner.say("Saved."))
    planner.go(f"/desk/consultations/{code[1]}/phases")
    opens = datetime.now(UTC) - timedelta(days=1)
    page.locator("#opens_0").fill(opens.strftime("%Y-%m-%dT08:00"))
    planner.submit("/phases")
    planner.go(f"/desk/consultations/{code[1]}")
    return code[1]


def own(planner: Visitor) -> str:
    """The town's own language."""
    return {"halden": "nb", "alesund": "nn"}[planner.town]
