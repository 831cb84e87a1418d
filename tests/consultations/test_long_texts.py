"""The longest hearing there is, and a longer one that is made up: edited, versioned and read without pause."""

import gzip
import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from participation.consultations.models import Consultation
from participation.consultations.operations import add_section
from participation.text import staff_markdown
from tests.client import Browser
from tests.databases import counted
from tests.town import PublishedCase, World, add_case, plan

LONGEST = "hoeringer_id_1763"


def fill(db: Session, world: World, parts: list[tuple[str, str]]) -> PublishedCase:
    """A published case with these sections more."""
    case = add_case(db, world.town, "lang", [plan(-1, 30)], publish=False)
    row = db.get_one(Consultation, case.id)
    editor = world.town.actor("editor")
    for title, body in parts:
        add_section(db, editor, row, {"nb": (title, staff_markdown(body))})
    db.flush()
    return case


def walk(
    browser: Browser, world: World, engine: Engine, case: PublishedCase, position: int, words: str
) -> None:
    """Publish, read, edit, release, compare: few queries each, and no pause."""
    editor = browser.sign_in(world.town.people["editor"])
    desk = f"/desk/consultations/{case.code}"

    def asked(address: str, who: Browser = editor) -> str:
        with counted(engine) as queries:
            page = who.get(address, check=False)
        assert page.status == 200, address
        assert len(queries) <= 8, address
        return page.text

    seen = editor.get(f"{desk}/publishing", check=False).field("seen")
    assert editor.post(f"{desk}/publishing", {"seen": seen, "when": "now"}, check=False).status == 303
    read = asked(case.address, browser)
    assert words in read
    page = editor.get(f"{desk}/sections/{position}", check=False)
    body = page.field("body_nb").strip()
    sent = {
        "revision": page.field("revision"),
        "title_nb": page.field("title_nb"),
        "body_nb": f"{body}\n\nTillegg.",
    }
    assert editor.post(f"{desk}/sections/{position}", sent, check=False).status == 303
    for address in (desk, f"{desk}/publishing", f"/consultations/{case.code}/preview"):
        asked(address)
    seen = editor.get(f"{desk}/publishing", check=False).field("seen")
    assert (
        editor.post(f"{desk}/publishing", {"seen": seen, "note_nb": "Et tillegg."}, check=False).status == 303
    )
    assert "Tillegg." in asked(case.address, browser)
    difference = asked(f"/consultations/{case.code}/versions/2", browser)
    assert "Tillegg." in difference and len(difference) < len(read) / 2, "only what changed is shown"


def test_two_hundred_thousand_characters_in_sixty_sections(
    browser: Browser, world: World, db: Session, engine: Engine
) -> None:
    sentence = "Planen legger til rette for boliger, handel og et **torg** som er åpent for alle. "
    body = "\n\n".join(f"## Punkt {n}\n\n{sentence * 8}\n\n* Ett\n* To" for n in range(5))
    parts = [(f"Kapittel {n}", body) for n in range(60)]
    assert sum(len(text) for _, text in parts) > 200_000
    walk(browser, world, engine, fill(db, world, parts), 40, "Kapittel 59")


@pytest.mark.shared_data
def test_the_longest_real_hearing(
    browser: Browser, world: World, db: Session, engine: Engine, shared_data: Path
) -> None:
    path = shared_data / "hearings-a" / "hearings.jsonl.gz"
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines()]
    hearing = next(row for row in rows if LONGEST in row["id"])
    text = [
        paragraph["text"] if "text" in paragraph else paragraph["t"] for paragraph in hearing["paragraphs"]
    ]
    body = "\n\n".join(str(one) for one in text)
    case = fill(db, world, [(hearing["title"][:160], body[:50_000])])
    assert len(body) > 9_000
    walk(browser, world, engine, case, 3, hearing["title"][:30])
    assert db.scalar(select(Consultation.version).where(Consultation.id == case.id)) == 2
