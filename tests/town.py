"""The standing cast: two towns, those who live and work there, and a few consultations.

Built once through operations and committed. Rows are told as plain values, so no test can change them by accident.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from participation.consultations.models import Access, Consultation, ConsultationText, Kind
from participation.consultations.operations import (
    add_section,
    draft_consultation,
    plan_phases,
    publish_consultation,
)
from participation.consultations.plans import Case, PlannedPhase, Texts
from participation.moderation.operations import set_house_rule
from participation.municipalities.operations import Portrait, add_area, found_municipality
from participation.people.operations import Arrival, give_role, welcome_person
from participation.people.queries import DEMO_ISSUER
from participation.policy import Actor, Level, Role
from participation.text import staff_markdown

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)  # a Tuesday, one o'clock in Oslo
WORLD_BEGAN = NOW - timedelta(days=60)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Somebody:
    """A person of the cast."""

    name: str
    email: str
    actor: Actor


@dataclass(frozen=True)
class PublishedCase:
    """A consultation of the cast; `address` works in its town's default language."""

    id: int
    code: str
    slug: str

    @property
    def address(self) -> str:
        return f"/consultations/{self.code}/{self.slug}"


@dataclass
class Cast:
    """One town."""

    id: int
    host: str
    languages: tuple[str, ...]
    people: dict[str, Somebody] = field(default_factory=dict)
    cases: dict[str, PublishedCase] = field(default_factory=dict)

    def actor(self, who: str) -> Actor:
        return self.people[who].actor

    @property
    def visitor(self) -> Actor:
        return Actor(self.id)


@dataclass(frozen=True)
class World:
    """Both towns. Tests happen in `town`; `other_town` is what must never be reached from there."""

    town: Cast
    other_town: Cast


PEOPLE: dict[str, tuple[str, Level, tuple[Role, ...]]] = {
    "resident": ("Ragna Berg", Level.EMAIL, ()),
    "verified": ("Kari Nordmann", Level.EID, ()),
    "second": ("Ola Solvang", Level.EID, ()),
    "moderator": ("Mona Dahl", Level.EID, (Role.MODERATOR,)),
    "second_moderator": ("Jonas Moe", Level.EID, (Role.MODERATOR,)),
    "editor": ("Eli Strand", Level.EID, (Role.EDITOR,)),
    "administrator": ("Arne Vik", Level.EID, (Role.ADMINISTRATOR,)),
    "assessor": ("Siv Haug", Level.EID, (Role.ASSESSOR,)),
    "reader": ("Leif Aas", Level.EID, (Role.READER,)),
}
STRANGERS = {
    "stranger": ("Frida Framand", Level.EID, ()),
    "moderator": ("Marte Moderator", Level.EID, (Role.MODERATOR,)),
    "editor": ("Einar Redaktør", Level.EID, (Role.EDITOR,)),
}

# Every phase by name: when it opens and closes, in days from NOW, and who may comment.
CASES: dict[str, tuple[float, float, Access]] = {
    "open": (-10, 10, Access.EMAIL),
    "eid_only": (-10, 12, Access.EID),
    "upcoming": (5, 25, Access.EMAIL),
    "closed": (-40, -10, Access.EMAIL),
    "draft": (5, 30, Access.EMAIL),
}


def build_world(db: Session) -> World:
    """Found both towns and fill them."""
    town = _found(db, "lillevik", "Lillevik", ("nb", "nn", "en"), PEOPLE)
    other = _found(db, "storfjord", "Storfjord", ("nn", "nb"), STRANGERS)
    for cast in (town, other):
        for key, (opens, closes, commenting) in CASES.items():
            cast.cases[key] = add_case(
                db, cast, key, [plan(opens, closes, commenting)], publish=key != "draft"
            )
    return World(town, other)


def _found(
    db: Session,
    slug: str,
    name: str,
    languages: tuple[str, ...],
    people: dict[str, tuple[str, Level, tuple[Role, ...]]],
) -> Cast:
    portrait = Portrait(
        slug,
        f"{name} kommune",
        name,
        languages,
        "#1b5e8c",
        slug,
        "Torget 1",
        "73 00 00 00",
        f"post@{slug}.example",
    )
    town = found_municipality(db, portrait, [f"{slug}.localhost"])
    add_area(db, town.id, "sentrum", "Sentrum")
    for number, title in enumerate(("Vær saklig", "Hold deg til saken", "Ingen personopplysninger"), 1):
        set_house_rule(
            db, town.id, number, {code: (f"{title} ({code})", f"Forklaring {number}") for code in languages}
        )
    cast = Cast(town.id, f"{slug}.localhost", languages)
    for key, (full_name, level, roles) in people.items():
        email = f"{key}@{slug}.example"
        arrival = Arrival(DEMO_ISSUER, f"{level.value}:{key}", full_name, email, languages[0])
        person = welcome_person(db, town.id, arrival)
        for role in roles:
            give_role(db, person, role)
        cast.people[key] = Somebody(full_name, email, Actor(town.id, person.id, level, frozenset(roles)))
    return cast


def plan(opens: float, closes: float, commenting: Access = Access.EMAIL) -> PlannedPhase:
    """A phase from and to so many days from NOW, in which those who may comment may vote too."""
    titles = {code: f"Høring {code}" for code in ("nb", "nn", "en")}
    return PlannedPhase(
        titles, NOW + opens * DAY, NOW + closes * DAY, commenting=commenting, voting=commenting
    )


def add_case(
    db: Session,
    cast: Cast,
    key: str,
    phases: list[PlannedPhase],
    *,
    publish: bool = True,
    languages: str = "nb nn",
) -> PublishedCase:
    """One more consultation, with a main section and two parts, in the given languages."""
    editor = cast.actor("editor")
    facts = Case(
        Kind.HEARING, None, "26/00017", "pbl. § 12-10", "Hanna Hagen", "73 00 00 01", "plan@example.org", None
    )
    texts = {
        code: Texts(f"Saken {key} {code}", f"Sammendrag {code}", "Plan", "Kommunestyret", "Planlegger", "Høyden\nFarge", "Tomten")
        for code in languages.split()
    }  # fmt: skip
    consultation = draft_consultation(db, editor, facts, texts)
    plan_phases(db, editor, consultation, phases)
    for position in range(3):
        body = staff_markdown(f"Avsnitt **{position}** i saken {key}.")
        add_section(
            db, editor, consultation, {code: (f"Del {position} {code}", body) for code in languages.split()}
        )
    if publish:
        publish_consultation(db, editor, consultation)
    db.flush()
    return case_of(db, cast, consultation)


def case_of(db: Session, cast: Cast, consultation: Consultation) -> PublishedCase:
    """A consultation as plain values, with the slug of its town's default language."""
    text = db.get(ConsultationText, (consultation.id, cast.languages[0], 1))
    assert text is not None
    return PublishedCase(consultation.id, consultation.code, text.slug)
