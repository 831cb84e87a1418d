"""Verbs of proposals, and what other features do with one: state, event, count, refusal."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from participation import checks
from participation.comments.operations import withdraw_comment
from participation.consultations.models import Consultation
from participation.consultations.operations import publish_consultation
from participation.contributions.models import Contribution
from participation.contributions.models import ContributionState as State
from participation.contributions.operations import change_state
from participation.events import RecordedEvent
from participation.moderation.operations import hide_contribution, restore_contribution
from participation.notifications.recipes import author_of_parent, author_of_subject
from participation.policy import Forbidden
from participation.privacy import erase, own_data
from participation.proposals.models import Proposal, ProposalText, WithdrawalReason
from participation.proposals.operations import (
    add_proposal,
    move_proposal,
    remove_draft,
    save_proposal,
    withdraw_proposal,
)
from participation.proposals.queries import ANY_VERSION, has_coming_texts, proposals_of, shown
from participation.refusal import Missing, Reason, Refused
from tests.factories.comments import comment
from tests.factories.proposals import comment_on, proposal, withdrawn, wording, written
from tests.town import NOW, World


def kinds(db: Session) -> list[str]:
    """What has happened in this test; the cast's own consultations were published before it."""
    happened = select(RecordedEvent.kind).where(RecordedEvent.recorded_at == NOW)
    return list(db.scalars(happened.order_by(RecordedEvent.id)))


def count_at(db: Session, contribution: Contribution) -> int | None:
    question = select(Contribution.published_comments).where(Contribution.id == contribution.id)
    return db.scalar(question)


class TestWriting:
    def test_a_draft_goes_out_with_its_case(self, db: Session, world: World) -> None:
        made = proposal(db, world.town, about="draft")
        assert (made.state, made.position, made.as_staff) == (State.DRAFT, 1, True)
        assert shown(db, world.town.visitor, made.code, ("nb",)) is None
        case = db.get_one(Consultation, world.town.cases["draft"].id)
        publish_consultation(db, world.town.actor("editor"), case)
        db.refresh(made)
        assert made.state is State.PUBLISHED
        assert kinds(db) == ["consultation-published"]
        assert shown(db, world.town.visitor, made.code, ("nb",))

    def test_in_a_published_case_it_is_public_at_once_and_only_when_confirmed(
        self, db: Session, world: World
    ) -> None:
        code, editor = world.town.cases["open"].code, world.town.actor("editor")
        with pytest.raises(Refused) as refused:
            add_proposal(db, editor, code, written())
        assert (refused.value.refusal.reason, refused.value.field) == (Reason.NOT_CONFIRMED, "sure")
        made = add_proposal(db, editor, code, written(), is_confirmed=True)
        assert made.state is State.PUBLISHED
        assert kinds(db) == ["proposal-published"]

    @pytest.mark.parametrize("who", ["resident", "moderator", "reader"])
    def test_only_editors(self, db: Session, world: World, who: str) -> None:
        made = proposal(db, world.town)
        actor, code = world.town.actor(who), world.town.cases["open"].code
        for act in (
            lambda: add_proposal(db, actor, code, written(), is_confirmed=True),
            lambda: save_proposal(db, actor, code, made.code, 1, written()),
            lambda: move_proposal(db, actor, code, made.code, up=True),
            lambda: withdraw_proposal(db, actor, code, made.code, {"nb": "Nei"}, "nb"),
        ):
            with pytest.raises(Forbidden):
                act()

    def test_nothing_of_the_other_town_nor_of_another_case(self, db: Session, world: World) -> None:
        made, editor = proposal(db, world.town), world.town.actor("editor")
        with pytest.raises(Missing):
            save_proposal(
                db, world.other_town.actor("editor"), world.town.cases["open"].code, made.code, 1, written()
            )
        with pytest.raises(Missing):
            save_proposal(db, editor, world.town.cases["closed"].code, made.code, 1, written())

    def test_two_editors_neither_overwrites_the_other(self, db: Session, world: World) -> None:
        made = proposal(db, world.town, about="draft")
        editor, code = world.town.actor("editor"), world.town.cases["draft"].code
        save_proposal(db, editor, code, made.code, 1, written(nb=wording("Først")))
        with pytest.raises(Refused) as refused:
            save_proposal(
                db, world.town.actor("administrator"), code, made.code, 1, written(nb=wording("Sist"))
            )
        assert refused.value.refusal.reason is Reason.PROPOSAL_CHANGED_ELSEWHERE
        assert db.scalars(select(ProposalText.title)).all() == ["Først"]
        save_proposal(db, editor, code, made.code, 2, written(nb=wording("Først")))
        assert made.revision == 2, "saving the same changes nothing"

    def test_a_changed_text_waits_for_the_cases_next_version(self, db: Session, world: World) -> None:
        made = proposal(db, world.town, nb=wording("Før"))
        editor, case = world.town.actor("editor"), world.town.cases["open"]
        save_proposal(db, editor, case.code, made.code, 1, written(700_000, nb=wording("Etter")))
        seen = shown(db, world.town.visitor, made.code, ("nb",))
        assert seen and (seen.proposal.title, seen.proposal.cost) == ("Før", 700_000)
        assert has_coming_texts(db, case.id, 1)
        [row] = proposals_of(db, editor, case.id, ("nb",), ANY_VERSION)
        assert row.title == "Etter"
        db.get_one(Consultation, case.id).version = 2
        db.flush()
        seen = shown(db, world.town.visitor, made.code, ("nb",))
        assert seen and seen.proposal.title == "Etter"
        assert not has_coming_texts(db, case.id, 2)

    def test_a_language_emptied_in_a_draft_goes_and_of_a_published_one_stays(
        self, db: Session, world: World
    ) -> None:
        both = {"nb": wording(), "nn": wording("Benkar")}
        one = {"nb": wording(), "nn": wording("", "", "")}
        editor = world.town.actor("editor")
        draft, public = proposal(db, world.town, about="draft", **both), proposal(db, world.town, **both)
        save_proposal(db, editor, world.town.cases["draft"].code, draft.code, 1, written(**one))
        with pytest.raises(Refused) as refused:
            save_proposal(db, editor, world.town.cases["open"].code, public.code, 1, written(**one))
        assert refused.value.field == "title_nn"
        languages = select(ProposalText.language).where(ProposalText.proposal_id == draft.id)
        assert db.scalars(languages).all() == ["nb"]

    def test_order(self, db: Session, world: World) -> None:
        first, second, third = (proposal(db, world.town, nb=wording(str(number))) for number in range(3))
        editor, case = world.town.actor("editor"), world.town.cases["open"]
        move_proposal(db, editor, case.code, third.code, up=True)
        rows = proposals_of(db, editor, case.id, ("nb",), 1)
        assert [row.code for row in rows] == [first.code, third.code, second.code]
        with pytest.raises(Refused):
            move_proposal(db, editor, case.code, first.code, up=True)

    def test_a_draft_is_deleted_without_trace_and_a_published_one_is_not(
        self, db: Session, world: World
    ) -> None:
        draft, public, editor = proposal(db, world.town, about="draft"), proposal(db, world.town), "editor"
        remove_draft(db, world.town.actor(editor), world.town.cases["draft"].code, draft.code)
        with pytest.raises(Missing):
            remove_draft(db, world.town.actor(editor), world.town.cases["open"].code, public.code)
        assert db.scalars(select(Proposal.code)).all() == [public.code]
        assert set(db.scalars(select(ProposalText.proposal_id))) == {public.id}


class TestTalking:
    def test_a_comment_begins_a_thread_and_answers_stay_in_it(self, db: Session, world: World) -> None:
        made = proposal(db, world.town)
        root = comment_on(db, world.town, made)
        deep = comment_on(db, world.town, comment_on(db, world.town, root, by="second"))
        assert (root.root_id, root.parent_id, root.section_id) == (root.id, made.id, None)
        assert deep.root_id == root.id
        assert count_at(db, made) == 3

    def test_counts_stay_true_whatever_happens(self, db: Session, world: World) -> None:
        made, other = proposal(db, world.town), proposal(db, world.town)
        comment(db, world.town)
        root = comment_on(db, world.town, made)
        answer = comment_on(db, world.town, root, by="second")
        gone = comment_on(db, world.town, other)
        hide_contribution(db, world.town.actor("moderator"), answer.code, 1, "Grunn")
        assert count_at(db, made) == 1
        restore_contribution(db, world.town.actor("moderator"), answer.code, "Likevel")
        withdraw_comment(db, world.town.actor("resident"), root.code)
        change_state(db, gone, State.ERASED)
        assert (count_at(db, made), count_at(db, other)) == (1, 0)
        assert checks.problems(db) == []

    def test_a_wrong_count_is_found(self, db: Session, world: World) -> None:
        made = proposal(db, world.town)
        made.published_comments = 4
        db.flush()
        assert checks.problems(db) == [f"Proposal {made.id} shows 4 comments but has 0."]

    def test_a_withdrawn_one_is_not_answered(self, db: Session, world: World) -> None:
        with pytest.raises(Refused) as refused:
            comment_on(db, world.town, withdrawn(db, world.town))
        assert refused.value.refusal.reason is Reason.PROPOSAL_ENDED

    def test_nobody_is_written_to_about_the_municipalitys_own_word(self, db: Session, world: World) -> None:
        made = proposal(db, world.town)
        comment_on(db, world.town, made)
        answer = comment_on(db, world.town, comment_on(db, world.town, made), by="second")
        first, *_, last = db.scalars(
            select(RecordedEvent).where(RecordedEvent.kind == "comment-published").order_by(RecordedEvent.id)
        )
        assert author_of_parent(db, first) == []
        assert last.subject_id == answer.id
        [reader] = author_of_parent(db, last)
        assert reader.person_id == world.town.actor("resident").person_id
        with db.no_autoflush:
            published = db.scalars(
                select(RecordedEvent).where(RecordedEvent.kind == "proposal-published")
            ).one()
            db.expunge(published)
            published.person_id = None  # as if somebody else had done it
            assert author_of_subject(db, published) == []


class TestWithdrawing:
    def test_reason_event_and_place(self, db: Session, world: World) -> None:
        made = withdrawn(db, world.town, reason="Tomta er solgt.")
        assert (made.state, made.withdrawn_at) == (State.WITHDRAWN, NOW)
        assert db.scalars(select(WithdrawalReason.reason)).all() == ["Tomta er solgt."]
        assert kinds(db) == ["proposal-published", "proposal-withdrawn"]
        seen = shown(db, world.town.visitor, made.code, ("nb",))
        assert seen and seen.proposal.body_html

    def test_it_takes_a_reason_and_happens_once(self, db: Session, world: World) -> None:
        made, editor, code = (
            proposal(db, world.town),
            world.town.actor("editor"),
            world.town.cases["open"].code,
        )
        with pytest.raises(Refused) as refused:
            withdraw_proposal(db, editor, code, made.code, {"nb": ""}, "nb")
        assert refused.value.field == "reason_nb"
        withdraw_proposal(db, editor, code, made.code, {"nb": "Nei"}, "nb")
        with pytest.raises(Refused) as refused:
            withdraw_proposal(db, editor, code, made.code, {"nb": "Nei"}, "nb")
        assert refused.value.refusal.reason is Reason.PROPOSAL_WITHDRAWN


class TestPrivacy:
    def test_an_editor_who_leaves_takes_no_proposal_along(self, db: Session, world: World) -> None:
        """Drafts and withdrawn ones neither: they are the municipality's."""
        made = [
            proposal(db, world.town, about="draft"),
            proposal(db, world.town),
            withdrawn(db, world.town),
        ]
        erase(db, world.town.actor("editor"), NOW, with_texts=True)
        for one in made:
            db.refresh(one)
        assert [(one.author_id, one.state) for one in made] == [
            (None, State.DRAFT), (None, State.PUBLISHED), (None, State.WITHDRAWN),
        ]  # fmt: skip
        assert len(db.scalars(select(ProposalText.body_source)).all()) == 3

    def test_the_download_has_what_they_wrote(self, db: Session, world: World) -> None:
        made = proposal(db, world.town, nb=wording("Benker"))
        data = own_data(db, world.town.actor("editor"), ("nb",), b"secret")
        assert [(one["code"], one["texts"][0]["title"]) for one in data["proposals"]] == [
            (made.code, "Benker")
        ]
        root = comment_on(db, world.town, made)
        [entry] = own_data(db, world.town.actor("resident"), ("nb",), b"secret")["contributions"]
        assert (entry["code"], entry["is_answer"]) == (root.code, False)
