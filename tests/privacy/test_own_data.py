"""The file with a person's own data: their votes are in it, found by the voter key, and nobody else's."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from participation import privacy
from participation.people.queries import identity_of
from participation.policy import Actor
from participation.settings import Settings
from participation.votes.models import Stance, TallyPart, Vote
from participation.votes.rules import voter_of
from tests.client import Browser, json_of
from tests.factories.comments import comment
from tests.town import NOW, World


def voted(db: Session, actor: Actor, secret: bytes, contribution_id: int, stance: Stance) -> None:
    """A vote as the operation leaves it; no phase of the standing cast takes votes."""
    identity = identity_of(db, actor.person_id)
    assert identity
    assert actor.municipality_id
    voter = voter_of(secret, actor.municipality_id, identity, actor.level)
    place = {"contribution_id": contribution_id, "municipality_id": actor.municipality_id}
    db.add(
        Vote(
            **place, voter_key=voter.key, value=stance, level=voter.level, voted_on=NOW.astimezone(UTC).date()
        )
    )
    counts = dict.fromkeys(("email_for", "email_against", "eid_for", "eid_against"), 0)
    counts[f"{voter.level}_{stance}"] = 1
    db.add(TallyPart(**place, part=voter.part, **counts))


def test_own_votes_and_nobody_elses(db: Session, world: World, browser: Browser, settings: Settings) -> None:
    first, second = comment(db, world.town), comment(db, world.town, by="second")
    secret = settings.secret_key
    voted(db, world.town.actor("resident"), secret, second.id, Stance.FOR)
    voted(db, world.town.actor("verified"), secret, first.id, Stance.FOR)
    db.commit()
    page = browser.sign_in(world.town.people["resident"]).get("/my-page/data.json")
    day = datetime.fromisoformat(json_of(page)["written_at"]).date().isoformat()
    assert json_of(page)["votes"] == [
        {"address": f"/comments/{second.code}", "stance": "for", "level": "email", "voted_on": day}
    ]
    keys = db.scalars(select(Vote.voter_key)).all()
    assert not [key for key in keys if key in page.text]


def test_votes_stay_when_the_voter_leaves(db: Session, world: World) -> None:
    made, leaving = comment(db, world.town, by="second"), world.town.actor("resident")
    voted(db, leaving, b"secret", made.id, Stance.FOR)
    db.flush()
    privacy.erase(db, leaving, NOW, with_texts=True)
    db.flush()
    assert [vote.value for vote in db.scalars(select(Vote))] == [Stance.FOR]
