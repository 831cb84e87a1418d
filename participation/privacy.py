"""A person's own data across all features: handing it out, and erasing it (GDPR art. 15, 17 and 20).

`docs/data-map.md` lists every column with its class and how long it is kept; a test holds it equal to the tables. A
new feature with personal data adds its part to `own_data` and to `erase`.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from participation import clock
from participation.comments.models import Comment, EarlierText
from participation.comments.operations import erase_words
from participation.consultations.queries import place_of
from participation.contributions.models import Contribution, ContributionState
from participation.contributions.operations import lock_all_by, part_from_author
from participation.events import RecordedEvent
from participation.follow_ups.queries import answers_to
from participation.moderation.models import Decision, HouseRule, Report
from participation.moderation.operations import forget_facts
from participation.moderation.reports import forget_reports
from participation.notifications.models import Delivery, Subscription
from participation.notifications.operations import forget_follower
from participation.notifications.queries import follows_as
from participation.people.account import erase_person
from participation.people.models import AddressProof, Membership, Person, SignedInSession
from participation.people.queries import linked_addresses, roles_of
from participation.people.roles import resign
from participation.people.rules import refusal_to_erase
from participation.policy import OFFICIAL_KIND, Action, Actor, Level, require
from participation.proposals.models import Proposal, ProposalText
from participation.refusal import refuse_if
from participation.text import plain
from participation.units.models import UnitText
from participation.votes.queries import votes_of
from participation.votes.rules import voter_of

Data = dict[str, Any]
# What was never published, or was taken back, has no place in the case: it goes with its author in any event.
ALWAYS_ERASED = (ContributionState.DRAFT, ContributionState.WITHDRAWN, ContributionState.ERASED)


def erase(db: Session, actor: Actor, signed_in_at: datetime, *, with_texts: bool) -> list[str]:
    """The actor leaves: person, sessions, roles and letters and what they follow go; contributions stay nameless, or their texts go too.

    What was written with a role is the municipality's own word and keeps its text, and an official proposal is that in
    every state. Votes stay counted. Refused when
    the sign-in is not fresh, and for the last administrator. Returns the keys of pending acts to throw away. Event:
    `PersonErased`.
    """
    refuse_if(refusal_to_erase(signed_in_at, clock.now()))
    resign(db, actor)
    written = lock_all_by(db, actor.person_id)
    going = [
        one.id
        for one in written
        if not _is_official(one) and (one.state in ALWAYS_ERASED or (with_texts and not one.as_staff))
    ]
    for contribution in written:
        part_from_author(db, contribution, erase=contribution.id in going)
    erase_words(db, going)
    forget_facts(db, going)
    if actor.person_id is not None:
        forget_follower(db, actor.person_id)
        forget_reports(db, going, actor.person_id)
    return erase_person(db, actor, with_texts=with_texts)


def _is_official(contribution: Contribution) -> bool:
    """Is it a proposal of the municipality's own, which is only said to be somebody's so that the history is whole?"""
    return contribution.kind == OFFICIAL_KIND and contribution.as_staff


def own_data(db: Session, actor: Actor, languages: tuple[str, ...], secret: bytes) -> Data:
    """Everything that is kept about the actor, as plain values; nothing about anybody else.

    The secret makes the voter key, without which nobody's votes are found.
    """
    person = db.get_one(Person, actor.person_id)
    require(actor, Action.VIEW_OWN, person)
    return {
        "written_at": clock.now().isoformat(),
        "person": {
            "name": person.name,
            "email": person.email,
            "language": person.language,
            "signs_in_with": person.issuer,
            "known_there_as": person.subject,
            "since": person.arrived_at.isoformat(),
            "roles": sorted(roles_of(db, person.id)),
            "linked_addresses": linked_addresses(db, actor),
            "addresses_to_confirm": [
                {"address": one.email, "until": one.ends_at.isoformat()}
                for one in db.scalars(select(AddressProof).where(AddressProof.person_id == person.id))
            ],
            "single_keys": person.single_keys,
            "editor_of_units": _units(db, person.id),
        },
        "contributions": _contributions(db, actor, languages),
        "proposals": _proposals(db, actor),
        "votes": _votes(db, person, secret),
        "sessions": _sessions(db, person.id),
        "followed": _followed(db, actor, person, languages),
        "letters": _letters(db, person.id),
        "reports": _reports(db, person.id),
        "acts": _acts(db, person.id),
    }


def _units(db: Session, person_id: int) -> list[str]:
    """The names, in every language, of the units that the person is editor of."""
    chosen = Membership.person_id == person_id
    return list(
        db.scalars(
            select(UnitText.name).join(Membership, Membership.unit_id == UnitText.unit_id).where(chosen)
        )
    )


def _contributions(db: Session, actor: Actor, languages: tuple[str, ...]) -> list[Data]:
    comments = db.scalars(
        select(Comment).where(Comment.author_id == actor.person_id).order_by(Comment.id)
    ).all()
    ids = [comment.id for comment in comments]
    earlier: dict[int, list[Data]] = {}
    for text in db.scalars(
        select(EarlierText).where(EarlierText.comment_id.in_(ids)).order_by(EarlierText.version)
    ):
        version = {
            "version": text.version,
            "text": text.body_source,
            "written_at": text.written_at.isoformat(),
        }
        earlier.setdefault(text.comment_id, []).append(version)
    decisions = _decisions(db, ids)
    answers = _answers(db, actor, ids, languages)
    titles = {one: place_of(db, actor, one, languages) for one in {c.consultation_id for c in comments}}
    return [
        {
            "code": comment.code,
            "address": f"/comments/{comment.code}",
            "kind": comment.kind,
            "consultation": place.title if (place := titles[comment.consultation_id]) else None,
            "state": comment.state,
            "language": comment.language,
            "channel": comment.channel,
            "as_staff": comment.as_staff,
            "is_answer": comment.root_id != comment.id,
            "written_at": comment.written_at.isoformat(),
            "edited_at": comment.edited_at.isoformat() if comment.edited_at else None,
            "version": comment.version,
            "text": comment.body_source,
            "earlier_texts": earlier.get(comment.id, []),
            "decisions": decisions.get(comment.id, []),
            "answer": answers.get(comment.id),
        }
        for comment in comments
    ]


def _proposals(db: Session, actor: Actor) -> list[Data]:
    """The official proposals that the actor wrote for the municipality, with each wording of theirs."""
    texts: dict[int, list[Data]] = {}
    rows = db.execute(
        select(Proposal, ProposalText)
        .join(ProposalText, ProposalText.proposal_id == Proposal.id)
        .where(Proposal.author_id == actor.person_id)
        .order_by(Proposal.id, ProposalText.version, ProposalText.language)
    ).all()
    for proposal, text in rows:
        wording = {"language": text.language, "version": text.version, "title": text.title}
        texts.setdefault(proposal.id, []).append({**wording, "place": text.place, "text": text.body_source})
    return [
        {
            "code": proposal.code,
            "address": f"/proposals/{proposal.code}",
            "state": proposal.state,
            "as_staff": proposal.as_staff,
            "written_at": proposal.written_at.isoformat(),
            "cost": proposal.cost,
            "texts": texts[proposal.id],
        }
        for proposal in {row[0].id: row[0] for row in rows}.values()
    ]


def _answers(db: Session, actor: Actor, ids: list[int], languages: tuple[str, ...]) -> dict[int, Data]:
    """What the municipality has answered to these, as far as it is released."""
    return {
        one: {
            "outcome": answer.outcome,
            "signed_by": answer.signature,
            "text": plain(answer.body_html),
            "released_at": answer.released_at.isoformat(),
        }
        for one, answer in answers_to(db, actor, ids, languages).items()
    }


def _decisions(db: Session, contribution_ids: list[int]) -> dict[int, list[Data]]:
    """What moderators decided about these, without saying who."""
    found: dict[int, list[Data]] = {}
    for decision, rule in db.execute(
        select(Decision, HouseRule.number)
        .outerjoin(HouseRule, HouseRule.id == Decision.rule_id)
        .where(Decision.contribution_id.in_(contribution_ids))
        .order_by(Decision.id)
    ):
        found.setdefault(decision.contribution_id, []).append(
            {
                "outcome": decision.outcome,
                "house_rule": rule,
                "facts": decision.facts,
                "decided_at": decision.decided_at.isoformat(),
            }
        )
    return found


def _votes(db: Session, person: Person, secret: bytes) -> list[Data]:
    """What the person voted with the identity that they have here; one with another identity is another voter."""
    voter = voter_of(secret, person.municipality_id, (person.issuer, person.subject), Level.NONE)
    return [
        {
            "address": f"/{kind}s/{code}",
            "stance": vote.value,
            "level": vote.level,
            "voted_on": str(vote.voted_on),
        }
        for kind, code, vote in votes_of(db, person.municipality_id, voter)
    ]


def _sessions(db: Session, person_id: int) -> list[Data]:
    """The person's sessions, without the hashes that could open them."""
    rows = db.scalars(
        select(SignedInSession)
        .where(SignedInSession.person_id == person_id)
        .order_by(SignedInSession.began_at)
    )
    return [
        {
            "level": row.level,
            "began_at": row.began_at.isoformat(),
            "seen_at": row.seen_at.isoformat(),
            "ends_at": row.ends_at.isoformat(),
        }
        for row in rows
    ]


def _followed(db: Session, actor: Actor, person: Person, languages: tuple[str, ...]) -> list[Data]:
    """What the person follows or did until lately, also by their address."""
    rows = db.scalars(
        select(Subscription)
        .where(Subscription.municipality_id == person.municipality_id, follows_as(person.id, person.email))
        .order_by(Subscription.id)
    )
    return [
        {
            "consultation": place.title
            if (place := place_of(db, actor, row.consultation_id, languages))
            else None,
            "address": row.email,
            "language": row.language,
            "since": row.made_at.isoformat(),
            "confirmed_at": row.confirmed_at.isoformat() if row.confirmed_at else None,
            "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        }
        for row in rows
    ]


def _letters(db: Session, person_id: int) -> list[Data]:
    rows = db.execute(
        select(RecordedEvent.kind, RecordedEvent.recorded_at, Delivery.channel, Delivery.task_state)
        .join(RecordedEvent, RecordedEvent.id == Delivery.event_id)
        .where(Delivery.person_id == person_id)
        .order_by(Delivery.id)
    )
    return [
        {
            "about": row.kind,
            "happened_at": row.recorded_at.isoformat(),
            "by": row.channel,
            "state": row.task_state,
        }
        for row in rows
    ]


def _reports(db: Session, person_id: int) -> list[Data]:
    """What the person reported, in their own words, and what became of it."""
    rows = db.execute(
        select(Contribution.code, HouseRule.number, Report.words, Report.state, Report.reported_at)
        .join(Contribution, Contribution.id == Report.contribution_id)
        .outerjoin(HouseRule, HouseRule.id == Report.rule_id)
        .where(Report.reporter_id == person_id)
        .order_by(Report.id)
    )
    return [
        {
            "address": f"/comments/{row.code}",
            "house_rule": row.number,
            "words": row.words,
            "state": row.state,
            "reported_at": row.reported_at.isoformat(),
        }
        for row in rows
    ]


def _acts(db: Session, person_id: int) -> list[Data]:
    """What the history holds of the person's own acts: kind and time."""
    rows = db.execute(
        select(RecordedEvent.kind, RecordedEvent.recorded_at)
        .where(RecordedEvent.person_id == person_id)
        .order_by(RecordedEvent.id)
    )
    return [{"act": row.kind, "at": row.recorded_at.isoformat()} for row in rows]
