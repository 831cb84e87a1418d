"""Reads of municipalities."""

from dataclasses import dataclass

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from participation.municipalities.models import Area, Host, Municipality


@dataclass(frozen=True)
class Town:
    """What every page needs of its municipality."""

    id: int
    slug: str
    name: str
    place: str
    languages: tuple[str, ...]
    colour: str
    drawing: str
    address: str
    phone: str
    email: str
    accessibility_statement: str
    host: str

    @property
    def default_language(self) -> str:
        return self.languages[0]


def town_by_host(db: Session, host: str) -> Town | None:
    """The municipality served under a host name (no port, any case)."""
    row = db.execute(_towns().where(Host.name == host.lower())).first()
    return _town(row) if row else None


def all_towns(db: Session) -> list[Town]:
    """Every municipality once, by name, with its first host name."""
    towns = {row.id: _town(row) for row in db.execute(_towns().order_by(Municipality.name, Host.name.desc()))}
    return list(towns.values())


def areas(db: Session, municipality_id: int) -> list[Area]:
    """The municipality's areas by name."""
    return list(db.scalars(select(Area).where(Area.municipality_id == municipality_id).order_by(Area.name)))


def _towns() -> Select[tuple[Municipality, str]]:
    columns = [column for column in Municipality.__table__.columns if column.key != "founded_at"]
    return select(*columns, Host.name.label("host")).join(Host, Host.municipality_id == Municipality.id)


def _town(row: Row[tuple[Municipality, str]]) -> Town:
    return Town(**{**row._mapping, "languages": tuple(row.languages.split())})
