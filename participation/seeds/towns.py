"""A demo town: its portrait, areas, topics, units, people and house rules."""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from participation import clock
from participation.consultations.operations import add_topic
from participation.i18n import local_midnight
from participation.moderation.operations import set_house_rule
from participation.municipalities.models import Municipality
from participation.municipalities.operations import Portrait, add_area, found_municipality
from participation.people.operations import Arrival, give_role, welcome_person
from participation.people.queries import DEMO_ISSUER, units_of
from participation.policy import Actor, Level, Role
from participation.units.operations import add_unit

Data = dict[str, Any]


@dataclass
class Seeded:
    """A town as far as it has been built."""

    town: Municipality
    languages: tuple[str, ...]
    areas: dict[str, int]
    topics: dict[str, int]
    units: dict[str, int]  # by their name in the town's own language
    actors: dict[str, Actor]
    today: datetime

    @property
    def editor(self) -> Actor:
        return next(one for one in self.actors.values() if one.has(Role.EDITOR) and one.units is None)

    @property
    def moderator(self) -> Actor:
        return next(actor for actor in self.actors.values() if actor.has(Role.MODERATOR))


def read(path: Path) -> Data:
    """One file of the demo."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def found_town(db: Session, data: Data) -> Seeded:
    """The town as it began, with everybody in it, more than a year ago."""
    today = clock.now()
    names = "slug name place colour drawing address phone email".split()
    languages = tuple(data["languages"])
    with clock.standing_still(local_midnight(today, -400)):
        portrait = Portrait(languages=languages, **{name: data[name] for name in names})
        town = found_municipality(db, portrait, [f"{data['slug']}.localhost"])
        areas = {area["slug"]: add_area(db, town.id, area["slug"], area["name"]).id for area in data["areas"]}
        topics = {one["slug"]: add_topic(db, town.id, one["slug"], one["name"]).id for one in data["topics"]}
        units = _found_units(db, town.id, data.get("units", ()), languages)
        actors = {
            person["key"]: _welcome(db, town.id, person, languages[0], units) for person in data["people"]
        }
        for rule in data["house_rules"]:
            texts = {code: (rule[code]["title"], rule[code]["explanation"]) for code in languages}
            set_house_rule(db, town.id, rule["number"], texts)
    return Seeded(town, languages, areas, topics, units, actors, today)


def _found_units(
    db: Session, municipality_id: int, data: list[Data], languages: tuple[str, ...]
) -> dict[str, int]:
    """The departments, those above before those below."""
    founder = Actor(municipality_id, roles=frozenset({Role.ADMINISTRATOR}))
    units: dict[str, int] = {}
    for unit in data:
        names = {code: unit[code] for code in languages}
        parent = units[unit["below"]] if "below" in unit else None
        units[unit[languages[0]]] = add_unit(db, founder, names, parent).id
    return units


def _welcome(db: Session, municipality_id: int, data: Data, language: str, units: dict[str, int]) -> Actor:
    subject = f"{data['level']}:{data['key']}"  # the sign-in page reads the level off it
    arrival = Arrival(DEMO_ISSUER, subject, data["shown_name"], data["email"], language)
    person = welcome_person(db, municipality_id, arrival)
    bound_to = units[data["unit"][language]] if data.get("is_bound") else None
    for role in map(Role, data["roles"]):
        give_role(db, person, role, bound_to if role is Role.EDITOR else None)
    roles = frozenset(Role(role) for role in data["roles"])
    return Actor(municipality_id, person.id, Level(data["level"]), roles, units_of(db, person.id))
