"""How the domain says no: a reason that becomes a sentence, never a bare error.

A rule returns a `Refusal`; an operation raises it as `Refused`. `i18n.py` holds the sentence for each `Reason`
in every language, so that a page can show it in place of a button before anybody has tried.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Reason(StrEnum):
    """Why something is not possible now. A new one needs a sentence in `i18n.REASONS`."""

    # what was written
    EMPTY = "empty"
    TOO_LONG = "too-long"
    CONTROL_CHARACTERS = "control-characters"
    NOT_A_CHOICE = "not-a-choice"
    # taking part
    NOT_OPEN_YET = "not-open-yet"
    CLOSED = "closed"
    NOBODY_COMMENTS = "nobody-comments"
    NEEDS_GUEST = "needs-guest"
    NEEDS_SIGN_IN = "needs-sign-in"
    NEEDS_EMAIL = "needs-email"
    NEEDS_EID = "needs-eid"
    # voting
    VOTING_NOT_OPEN_YET = "voting-not-open-yet"
    VOTING_CLOSED = "voting-closed"
    NOBODY_VOTES = "nobody-votes"
    NEEDS_EMAIL_TO_VOTE = "needs-email-to-vote"
    NEEDS_EID_TO_VOTE = "needs-eid-to-vote"
    NOTHING_TO_VOTE_ON = "nothing-to-vote-on"
    PROPOSAL_ENDED = "proposal-ended"
    # own contributions
    EDIT_WINDOW_OVER = "edit-window-over"
    EDITED_ELSEWHERE = "edited-elsewhere"
    REMOVED = "removed"
    ALREADY_WITHDRAWN = "already-withdrawn"
    NOTHING_TO_REPLY_TO = "nothing-to-reply-to"
    WAITS_FOR_MODERATOR = "waits-for-moderator"
    NATIONAL_NUMBER = "national-number"
    # proposals
    PROPOSAL_CHANGED_ELSEWHERE = "proposal-changed-elsewhere"
    PROPOSAL_WITHDRAWN = "proposal-withdrawn"
    NOT_AN_AMOUNT = "not-an-amount"
    TITLE_IS_MISSING = "title-is-missing"
    BODY_IS_MISSING = "body-is-missing"
    NO_FURTHER = "no-further"
    # writing consultations
    CHANGED_ELSEWHERE = "changed-elsewhere"
    CHANGED_SINCE = "changed-since"
    NOT_A_TIME = "not-a-time"
    NO_SUCH_TIME = "no-such-time"
    NOT_A_DAY = "not-a-day"
    ENDS_BEFORE_IT_BEGINS = "ends-before-it-begins"
    PHASES_OVERLAP = "phases-overlap"
    PHASE_HAS_BEGUN = "phase-has-begun"
    TIME_HAS_PASSED = "time-has-passed"
    SECTION_IS_PUBLIC = "section-is-public"
    ALREADY_PUBLISHED = "already-published"
    NOTHING_CHANGED = "nothing-changed"
    # what a draft lacks, or should be looked at
    NO_SUMMARY = "no-summary"
    NO_MAIN_TEXT = "no-main-text"
    NO_INVITING_PHASE = "no-inviting-phase"
    PHASES_ARE_OVER = "phases-are-over"
    NO_CONTACT = "no-contact"
    NO_HOUSE_RULES = "no-house-rules"
    SHORT_PLAN_HEARING = "short-plan-hearing"
    MISSING_IN_BOKMAL = "missing-in-bokmal"
    MISSING_IN_NYNORSK = "missing-in-nynorsk"
    NO_ANSWER_DAY = "no-answer-day"
    LONG_SUMMARY = "long-summary"
    UNCLEAR_LINK = "unclear-link"
    # moderation
    ALREADY_HIDDEN = "already-hidden"
    NOT_HIDDEN = "not-hidden"
    OWN_CONTRIBUTION = "own-contribution"
    NOT_PUBLISHED = "not-published"
    NOTHING_TO_APPROVE = "nothing-to-approve"
    DECIDED_MEANWHILE = "decided-meanwhile"
    UNDO_WINDOW_OVER = "undo-window-over"
    NOT_YOUR_DECISION = "not-your-decision"
    CHANGED_MEANWHILE = "changed-meanwhile"
    ANSWERED_MEANWHILE = "answered-meanwhile"
    # reporting
    NOTHING_TO_REPORT = "nothing-to-report"
    REPORTED_ALREADY = "reported-already"
    OWN_REPORT = "own-report"
    # answers and results
    NOTHING_TO_ANSWER = "nothing-to-answer"
    SAVED_ELSEWHERE = "saved-elsewhere"
    ALREADY_RELEASED = "already-released"
    NOTHING_CHOSEN = "nothing-chosen"
    TOO_MANY_CHOSEN = "too-many-chosen"
    ANSWERED_ALREADY = "answered-already"
    NOTHING_TO_RELEASE = "nothing-to-release"
    ANSWERS_CHANGED = "answers-changed"
    STILL_OPEN = "still-open"
    NO_RESULT = "no-result"
    RESULT_INCOMPLETE = "result-incomplete"
    NOT_A_DATE = "not-a-date"
    NOT_A_SECURE_LINK = "not-a-secure-link"
    # signing in
    UNKNOWN_PERSON = "unknown-person"
    NOT_AN_ADDRESS = "not-an-address"
    WRONG_CODE = "wrong-code"
    TOO_MANY_TRIES = "too-many-tries"
    CODE_TOO_OLD = "code-too-old"
    LINK_USED = "link-used"
    LINK_TOO_OLD = "link-too-old"
    # following
    NO_ADDRESS = "no-address"
    # people and roles
    SIGN_IN_ANEW = "sign-in-anew"
    NOT_CONFIRMED = "not-confirmed"
    LAST_ADMINISTRATOR = "last-administrator"
    HAS_ROLE = "has-role"
    HAS_NO_ROLE = "has-no-role"
    INVITATION_REVOKED = "invitation-revoked"
    INVITATION_USED = "invitation-used"
    INVITATION_TOO_OLD = "invitation-too-old"
    GUEST_HAS_NO_ROLE = "guest-has-no-role"
    ROLE_IS_WHOLE = "role-is-whole"
    # several accounts of one person
    NEEDS_SURER_SIGN_IN = "needs-surer-sign-in"
    STAFF_NOT_JOINED = "staff-not-joined"
    ADDRESS_TAKEN = "address-taken"
    # units
    UNIT_BELOW_ITSELF = "unit-below-itself"
    UNIT_HAS_UNITS = "unit-has-units"
    UNIT_RETIRED = "unit-retired"
    UNIT_IN_USE = "unit-in-use"
    # dates
    NOT_PUBLISHED_YET = "not-published-yet"
    PHASE_OVER = "phase-over"
    NOTHING_OPEN = "nothing-open"
    SAME_DAY = "same-day"
    DAY_PASSED = "day-passed"
    TOO_FAR_AHEAD = "too-far-ahead"
    NEXT_PHASE_BEGINS = "next-phase-begins"
    UNDER_SIX_WEEKS = "under-six-weeks"
    DATES_CHANGED_ELSEWHERE = "dates-changed-elsewhere"


@dataclass(frozen=True)
class Refusal:
    """A reason with the figures its sentence needs, such as the longest allowed length."""

    reason: Reason
    figures: Mapping[str, int | str] = field(default_factory=dict)


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """An operation was refused by a rule. `field` names the form field that the reason belongs to, if one does."""

    def __init__(self, refusal: Refusal, field: str | None = None) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal
        self.field = field


class Missing(Exception):  # noqa: N818 - says what it is in a sentence
    """What was asked for does not exist, or not for this actor: the two must look the same."""


def refuse_if(refusal: Refusal | None, field: str | None = None) -> None:
    """Raise `Refused` when a rule gave a refusal."""
    if refusal is not None:
        raise Refused(refusal, field)
