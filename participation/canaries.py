"""Canaries: markers planted where some must never look, for tests that search every page for them.

`visible_to` lists who may find a marker: "everybody", or names of the demo ("halden:kari"), or roles
("halden:moderator"). What is not listed must not see it, on any surface.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from participation import clock
from participation.comments.operations import Words, edit_comment, publish_comment, withdraw_comment
from participation.consultations.models import Access, Consultation, ConsultationText, Kind, Phase
from participation.consultations.operations import add_section, draft_consultation
from participation.consultations.plans import Case, Texts
from participation.follow_ups.models import Outcome, Result
from participation.follow_ups.operations import prepare_answer, release_answers
from participation.follow_ups.publishing import prepare_result
from participation.follow_ups.rules import fingerprint
from participation.follow_ups.words import AnswerWords, ResultPart, ResultWords, SignedText
from participation.ids import new_code
from participation.moderation.operations import hide_contribution
from participation.moderation.reports import Complaint, report_contribution
from participation.municipalities.models import Municipality
from participation.people.models import Membership, Person
from participation.people.queries import DEMO_ISSUER
from participation.policy import Actor, Level, Role
from participation.proposals.operations import Written, add_proposal
from participation.proposals.rules import Wording
from participation.text import resident_text, staff_markdown, staff_remark
from participation.text import slug as make_slug

AUTHOR = "kari"
ANSWERING = ["halden:assessor", "halden:editor", "halden:administrator"]
Canary = dict[str, Any]


def plant_canaries(db: Session) -> list[Canary]:
    """Plant one marker of each kind in the demo and tell where."""
    halden, alesund = _town(db, "halden"), _town(db, "alesund")
    author, moderator, editor = (_actor(db, halden, who) for who in (AUTHOR, Role.MODERATOR, Role.EDITOR))
    case = _open_case(db, halden)
    return [
        *_hidden(db, case, author, moderator),
        _withdrawn(db, case, author),
        _held(db, case, author),
        _reported(db, case, author, _actor(db, halden, "tor")),
        *_draft(db, halden, editor),
        _other_town(db, alesund),
        _personal(db, halden),
        *_answers(db, case, author, moderator, editor),
        _result(db, halden, editor),
    ]


def _hidden(db: Session, case: Consultation, author: Actor, moderator: Actor) -> list[Canary]:
    """The words of a hidden comment, its earlier words, and the facts that only its author is told."""
    first, second, facts = _marker("earlier"), _marker("hidden"), _marker("private")
    comment = publish_comment(db, author, case.code, 0, _words(first))
    edit_comment(db, author, comment.code, 1, resident_text(second))
    hide_contribution(db, moderator, comment.code, 2, facts)
    seen_by = [f"halden:{AUTHOR}", "halden:moderator"]
    address = f"/comments/{comment.code}"
    return [
        _canary(first, "earlier", f"{address}/history", seen_by),
        _canary(second, "hidden", address, seen_by),
        _canary(facts, "private", address, seen_by),
    ]


def _withdrawn(db: Session, case: Consultation, author: Actor) -> Canary:
    marker = _marker("deleted")
    comment = publish_comment(db, author, case.code, 0, _words(marker))
    withdraw_comment(db, author, comment.code)
    return _canary(marker, "deleted", f"/comments/{comment.code}", ["halden:moderator"])


def _held(db: Session, case: Consultation, author: Actor) -> Canary:
    """Held because of a number that is made as national identity numbers are, and is nobody's."""
    marker = _marker("held")
    comment = publish_comment(db, author, case.code, 0, _words(f"{marker} 13817000031"))
    return _canary(marker, "held", f"/comments/{comment.code}", [f"halden:{AUTHOR}", "halden:moderator"])


def _reported(db: Session, case: Consultation, author: Actor, reporter: Actor) -> Canary:
    """What somebody says about a comment is for moderators, and never for whom it is about."""
    marker = _marker("report")
    comment = publish_comment(
        db, author, case.code, 0, Words(resident_text("Et innlegg som er meldt."), "nb")
    )
    report_contribution(db, reporter, comment.code, Complaint(2, marker, "nb"))
    return _canary(marker, "report", f"/moderation/{comment.code}", ["halden:moderator"])


def _draft(db: Session, town: Municipality, editor: Actor) -> list[Canary]:
    """A case that is not published, and a proposal in it."""
    marker, proposed = _marker("draft"), _marker("proposal")
    case = Case(Kind.HEARING, None, "", "", "", "", "", None)
    texts = {"nb": Texts(f"Utkast {marker}", marker, "", "", "", "", "")}
    draft = draft_consultation(db, editor, case, texts)
    add_section(db, editor, draft, {"nb": (marker, staff_markdown(marker))})
    slug = db.scalar(select(ConsultationText.slug).where(ConsultationText.consultation_id == draft.id))
    wording = Wording(f"Forslag {proposed}", proposed, staff_markdown(proposed, top=2))
    proposal = add_proposal(db, editor, draft.code, Written({"nb": wording}, None, "nb"))
    staff = [f"{town.slug}:staff"]
    return [
        _canary(marker, "draft", f"/consultations/{draft.code}/{slug}", staff),
        _canary(
            proposed, "proposal", f"/proposals/{proposal.code}/{make_slug(f'Forslag {proposed}')}", staff
        ),
    ]


def _other_town(db: Session, town: Municipality) -> Canary:
    marker = _marker("other-town")
    author = _actor(db, town, "marte")
    comment = publish_comment(db, author, _open_case(db, town).code, 0, _words(marker))
    return _canary(marker, "other-town", f"/comments/{comment.code}", ["alesund:everybody"])


def _personal(db: Session, town: Municipality) -> Canary:
    """An address that only its owner sees, and the mail server."""
    marker = _marker("personal")
    person = db.scalars(
        select(Person).where(Person.municipality_id == town.id, Person.subject == f"eid:{AUTHOR}")
    ).one()
    person.email = f"{marker}@example.org"
    db.flush()
    return _canary(marker, "personal", "/my-page", [f"{town.slug}:{AUTHOR}"])


def _answers(db: Session, case: Consultation, author: Actor, moderator: Actor, editor: Actor) -> list[Canary]:
    """A prepared answer, and a released one whose comment was hidden afterwards: that one is for nobody."""
    prepared, gone, asked = _marker("prepared"), _marker("answer"), _marker("asked")
    waiting = publish_comment(db, author, case.code, 0, _words(asked))
    removed = publish_comment(db, author, case.code, 0, _words("Fikk svar"))
    answer = prepare_answer(db, editor, removed.code, 0, _answer(gone))
    release_answers(db, editor, case.code, fingerprint([(answer.id, answer.revision)]))
    hide_contribution(db, moderator, removed.code, 2, "Fjernet etterpå.")
    prepare_answer(db, editor, waiting.code, 0, _answer(prepared))
    desk = f"/desk/consultations/{case.code}/answers/{waiting.code}"
    return [
        _canary(prepared, "prepared", desk, ANSWERING),
        _canary(gone, "answer", f"/comments/{removed.code}", []),
        # The comment itself is for everybody; its page is searched for the answer that is not.
        _canary(asked, "asked", f"/comments/{waiting.code}", ["halden:everybody"]),
    ]


def _answer(marker: str) -> AnswerWords:
    return AnswerWords(Outcome.NOTED, {"nb": SignedText(marker, staff_remark(marker))})


def _result(db: Session, town: Municipality, editor: Actor) -> Canary:
    """A prepared result of a consultation that has closed without one."""
    marker = _marker("result")
    published = select(Result.id).where(Result.consultation_id == Consultation.id)
    case = db.scalars(
        select(Consultation)
        .join(Phase, Phase.consultation_id == Consultation.id)
        .where(Consultation.municipality_id == town.id, Phase.closes < clock.now(), ~published.exists())
        .order_by(Consultation.id)
        .limit(1)
    ).one()
    written = staff_markdown(marker)
    part = ResultPart(marker, marker, written, written, written)
    prepare_result(db, editor, case.code, 0, ResultWords(Outcome.NOTED, None, "", {"nb": part}))
    return _canary(marker, "result", f"/desk/consultations/{case.code}/result", ANSWERING)


def _canary(marker: str, kind: str, address: str, visible_to: list[str]) -> Canary:
    return {"marker": marker, "kind": kind, "address": address, "visible_to": visible_to}


def _marker(kind: str) -> str:
    return f"canary-{kind}-{new_code()}"


def _words(marker: str) -> Words:
    return Words(resident_text(marker), "nb")


def _town(db: Session, slug: str) -> Municipality:
    return db.scalars(select(Municipality).where(Municipality.slug == slug)).one()


def _actor(db: Session, town: Municipality, who: str) -> Actor:
    """A person of the demo by key, or the first with a role."""
    query = (
        select(Person)
        .where(Person.municipality_id == town.id, Person.issuer == DEMO_ISSUER)
        .order_by(Person.id)
    )
    if who in list(Role):
        query = query.join(Membership, Membership.person_id == Person.id).where(Membership.role == who)
    else:
        query = query.where(Person.subject.in_([f"eid:{who}", f"email:{who}"]))
    person = db.scalars(query).first()
    if person is None:
        raise LookupError(f"the demo has no {who}: canaries are planted in the demo")
    roles = db.scalars(select(Membership.role).where(Membership.person_id == person.id)).all()
    return Actor(town.id, person.id, Level.EID, frozenset(Role(role) for role in roles))


def _open_case(db: Session, town: Municipality) -> Consultation:
    """A consultation that takes comments for at least another day."""
    until = clock.now() + timedelta(days=1)
    return db.scalars(
        select(Consultation)
        .join(Phase, Phase.consultation_id == Consultation.id)
        .where(
            Consultation.municipality_id == town.id,
            Phase.opens <= clock.now(),
            Phase.closes > until,
            Phase.commenting != Access.NOBODY,
        )
        .order_by(Consultation.id)
        .limit(1)
    ).one()
