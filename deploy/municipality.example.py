"""An example to copy: a municipality with its areas, topics and house rules, before the first administrator is made.

    DATA_DIR=/var/lib/participation .venv/bin/python municipality.py

Run it once, after `participation migrate` and before the server starts. There are no pages for this yet.
"""

import click
from sqlalchemy.orm import Session

from participation.consultations.operations import add_topic
from participation.db import Database
from participation.moderation.operations import set_house_rule
from participation.municipalities.operations import Portrait, add_area, found_municipality
from participation.settings import from_environment

HOSTS = ["medvirkning.storelv.example"]  # the first is the one that stands in letters
TOWN = Portrait(
    slug="storelv",
    name="Storelv kommune",
    place="Storelv",  # as in “resident of Storelv”
    languages=("nb", "nn", "en"),  # the first is the municipality's own
    colour="#1b5e8c",  # dark enough to be read on white; another one is refused with a reason
    drawing="",  # only the demo's towns have one
    address="Torget 1, 0000 Storelv",
    phone="00 00 00 00",
    email="post@storelv.example",
    accessibility_statement="https://uustatus.no/nb/erklaringer/publisert/…",
)
AREAS = {"sentrum": "Sentrum", "nordre": "Nordre bydel"}
TOPICS = {
    "plan": {"nb": "Plan og bygging", "nn": "Plan og bygging", "en": "Planning and building"},
}
# Title and explanation by language; moderators give the number. Have somebody at home in the law read them.
HOUSE_RULES: list[dict[str, tuple[str, str]]] = [
    {
        "nb": ("Hold deg til saken", "Skriv om det kommunen spør om her."),
        "nn": ("Hald deg til saka", "Skriv om det kommunen spør om her."),
        "en": ("Keep to the matter", "Write about what the municipality asks here."),
    },
]


def found(db: Session) -> None:
    """The town and what belongs to it, or nothing."""
    town = found_municipality(db, TOWN, HOSTS)
    for slug, name in AREAS.items():
        add_area(db, town.id, slug, name)
    for slug, names in TOPICS.items():
        add_topic(db, town.id, slug, names)
    for number, texts in enumerate(HOUSE_RULES, start=1):
        set_house_rule(db, town.id, number, texts)


if __name__ == "__main__":
    database = Database(from_environment().database_url)
    database.write(found)
    database.close()
    click.echo(
        f"{TOWN.name} has been founded. Now: participation make-admin --municipality {HOSTS[0]} --email …"
    )
