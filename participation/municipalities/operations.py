"""Changes to municipalities. The operator's own, on the command line: no person of any town may call them."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from participation import clock
from participation.i18n import LANGUAGES
from participation.ids import new_id
from participation.municipalities.models import Area, Host, Municipality
from participation.municipalities.theme import stylesheet


@dataclass(frozen=True)
class Portrait:
    """What makes one town differ from another."""

    slug: str
    name: str
    place: str
    languages: tuple[str, ...]
    colour: str
    drawing: str
    address: str
    phone: str
    email: str
    accessibility_statement: str = ""


def found_municipality(db: Session, portrait: Portrait, hosts: list[str]) -> Municipality:
    """A municipality begins. Raises `ValueError` for an unknown language, a colour that is none, or an address of the
    accessibility statement that is not https."""
    if unknown := set(portrait.languages) - set(LANGUAGES):
        raise ValueError(f"unknown languages: {', '.join(sorted(unknown))}")
    stylesheet(portrait.colour)  # raises for a colour from which no accessible theme can be made
    if portrait.accessibility_statement and not portrait.accessibility_statement.startswith("https://"):
        raise ValueError("the accessibility statement is an https address")
    facts = {**vars(portrait), "languages": " ".join(portrait.languages)}
    town = Municipality(id=new_id(), founded_at=clock.now(), **facts)
    db.add(town)
    db.flush()
    db.add_all(Host(name=host.lower(), municipality_id=town.id) for host in hosts)
    db.flush()
    return town


def add_area(db: Session, municipality_id: int, slug: str, name: str) -> Area:
    """The municipality gets one more area."""
    area = Area(id=new_id(), municipality_id=municipality_id, slug=slug, name=name)
    db.add(area)
    db.flush()
    return area
