"""A copy is a new draft: what comes along, what stays behind, and who may make one."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from participation.consultations.models import (
    Consultation,
    ConsultationState,
    ConsultationText,
    Phase,
    Section,
    SectionText,
)
from participation.contributions.models import Channel, Contribution, ContributionState
from participation.i18n import TIME_ZONE, local_midnight
from participation.ids import new_code, new_id
from participation.proposals.models import Proposal, ProposalText
from tests.client import Browser
from tests.factories.comments import comment
from tests.town import NOW, World


def proposal(db: Session, world: World, state: ContributionState, *, as_staff: bool = True) -> int:
    """A proposal of the open consultation, with two versions of its text."""
    number = new_id()
    db.add(
        Proposal(
            id=number, municipality_id=world.town.id, consultation_id=world.town.cases["open"].id, code=new_code(),
            author_id=None, state=state, section_id=None, parent_id=None, root_id=number, language="nb",
            channel=Channel.WEB, as_staff=as_staff, version_answered=1, written_at=NOW, published_comments=3, position=1,
            cost=1000,
        )
    )  # fmt: skip
    db.flush()
    for version in (1, 2):
        db.add(
            ProposalText(
                proposal_id=number, language="nb", version=version, municipality_id=world.town.id,
                title=f"Bro {version}", place="Torget", body_source="En bro.", body_html="<p>En bro.</p>",
            )
        )  # fmt: skip
    db.flush()
    return number


def copied(browser: Browser, world: World, db: Session) -> Consultation:
    code = world.town.cases["open"].code
    mine = browser.sign_in(world.town.people["editor"])
    assert "14 dager" in mine.get(f"/desk/consultations/{code}/copy").main
    answer = mine.post(f"/desk/consultations/{code}/copy")
    assert answer.status == 303
    made = db.scalars(select(Consultation).order_by(Consultation.id.desc()).limit(1)).one()
    assert answer.location == f"/desk/consultations/{made.code}?done=started"
    return made


def test_what_comes_along(browser: Browser, world: World, db: Session) -> None:
    original = db.get_one(Consultation, world.town.cases["open"].id)
    made = copied(browser, world, db)
    assert (made.state, made.version, made.published_at) == (ConsultationState.DRAFT, 0, None)
    assert (made.case_number, made.kind, made.contact_name) == ("", original.kind, original.contact_name)
    texts = {
        number: {
            (text.language, text.title)
            for text in db.scalars(select(ConsultationText).where(ConsultationText.consultation_id == number))
        }
        for number in (original.id, made.id)
    }
    assert texts[made.id] == texts[original.id] != set()
    sections = select(Section.position, SectionText.language, SectionText.title, SectionText.body_html).join(
        SectionText, SectionText.section_id == Section.id
    )
    assert set(db.execute(sections.where(Section.consultation_id == made.id))) == set(
        db.execute(sections.where(Section.consultation_id == original.id))
    )


def test_the_phases_begin_in_two_weeks_and_last_as_long(browser: Browser, world: World, db: Session) -> None:
    before = db.scalars(select(Phase).where(Phase.consultation_id == world.town.cases["open"].id)).one()
    after = db.scalars(select(Phase).where(Phase.consultation_id == copied(browser, world, db).id)).one()
    opens = after.opens.astimezone(TIME_ZONE)
    assert opens.date() == local_midnight(NOW, 14).astimezone(TIME_ZONE).date()
    assert opens.time() == before.opens.astimezone(TIME_ZONE).time()
    days = [
        (one.closes.astimezone(TIME_ZONE).date() - one.opens.astimezone(TIME_ZONE).date()).days
        for one in (before, after)
    ]
    assert days[0] == days[1] == 20


def test_what_residents_did_stays_behind(browser: Browser, world: World, db: Session) -> None:
    comment(db, world.town)
    db.commit()
    made = copied(browser, world, db)
    mine = Contribution.consultation_id == made.id
    assert db.scalar(select(func.count(Contribution.id)).where(mine)) == 0
    assert set(db.scalars(select(Section.published_comments).where(Section.consultation_id == made.id))) == {
        0
    }


def test_the_municipalitys_proposals_come_as_drafts(browser: Browser, world: World, db: Session) -> None:
    proposal(db, world, ContributionState.PUBLISHED)
    proposal(db, world, ContributionState.WITHDRAWN)
    proposal(db, world, ContributionState.PUBLISHED, as_staff=False)
    db.commit()
    made = copied(browser, world, db)
    copy = db.scalars(select(Proposal).where(Proposal.consultation_id == made.id)).one()
    assert (copy.state, copy.cost, copy.published_comments) == (ContributionState.DRAFT, 1000, 0)
    assert copy.author_id == world.town.actor("editor").person_id
    texts = db.scalars(select(ProposalText).where(ProposalText.proposal_id == copy.id)).all()
    assert [(text.title, text.version) for text in texts] == [("Bro 2", 1)]


def test_only_staff_see_it(browser: Browser, world: World, db: Session) -> None:
    made = copied(browser, world, db)
    assert browser.get(f"/consultations/{made.code}").status == 404
