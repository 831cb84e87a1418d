"""Words for people: languages, catalogues, dates and numbers. The only module that formats for readers.

Message ids are the English sentences (ADR 10); `locale/` holds nb and nn. The domain raises codes; their sentences
stand in `REASONS`. Deadlines are absolute local times with the weekday and the exact days left, never a rounded
distance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_decimal

from participation import clock
from participation.paths import LOCALE
from participation.policy import Level, Role
from participation.refusal import Reason, Refusal

LANGUAGES = {"nb": "Bokmål", "nn": "Nynorsk", "en": "English"}
# Languages that residents may write in, so that screen readers pronounce a text right. The last ones come by import.
TEXT_LANGUAGES = {
    **LANGUAGES, "se": "Davvisámegiella", "sv": "Svenska", "da": "Dansk", "fi": "Suomi", "is": "Íslenska",
    "de": "Deutsch", "fr": "Français", "es": "Español", "ca": "Català", "pl": "Polski", "uk": "Українська",
}  # fmt: skip
TIME_ZONE = ZoneInfo("Europe/Oslo")
LocalDay = date  # inside `Words` the name `date` is a method's
LAST_MINUTE = timedelta(minutes=1)  # people say 23.59 for what ends at midnight


def N_(message: str) -> str:  # noqa: N802 - the name that gettext tools look for
    """Mark a sentence for the catalogues where it cannot be translated on the spot."""
    return message


REASONS: dict[Reason, str] = {
    Reason.EMPTY: N_("Write something first"),
    Reason.TOO_LONG: N_("The text is too long. Keep it under %(limit)s characters, it has %(length)s now"),
    Reason.CONTROL_CHARACTERS: N_("The text has characters that cannot be shown. Write it without them"),
    Reason.NOT_A_CHOICE: N_("Choose one from the list"),
    Reason.NOT_OPEN_YET: N_("It is not open for comments yet"),
    Reason.CLOSED: N_("The deadline has passed, so it is closed for comments"),
    Reason.NOBODY_COMMENTS: N_("It is not possible to comment in this phase"),
    Reason.NEEDS_GUEST: N_("You can take part here without signing in"),
    Reason.NEEDS_SIGN_IN: N_("Sign in first"),
    Reason.NEEDS_EMAIL: N_("You need to sign in with e-mail or electronic ID to comment here"),
    Reason.NEEDS_EID: N_("You need to sign in with electronic ID to comment here"),
    Reason.VOTING_NOT_OPEN_YET: N_("Voting has not opened yet"),
    Reason.VOTING_CLOSED: N_("The deadline has passed, so voting is closed"),
    Reason.NOBODY_VOTES: N_("There is no voting here"),
    Reason.NEEDS_EMAIL_TO_VOTE: N_("Confirm with your e-mail or electronic ID to vote here"),
    Reason.NEEDS_EID_TO_VOTE: N_("Confirm with electronic ID to vote here"),
    Reason.NOTHING_TO_VOTE_ON: N_("The comment is gone, so it cannot be voted on"),
    Reason.PROPOSAL_ENDED: N_("The proposal has been withdrawn, so it takes no more comments or votes"),
    Reason.PROPOSAL_CHANGED_ELSEWHERE: N_(
        "Somebody else has saved this proposal since you opened it. Your text is here still, and theirs stands beside it. Compare the two, and save again if you want yours"
    ),
    Reason.PROPOSAL_WITHDRAWN: N_("The proposal has been withdrawn, so it cannot be changed"),
    Reason.NOT_AN_AMOUNT: N_("Write the cost in whole kroner, such as 620 000"),
    Reason.TITLE_IS_MISSING: N_("Give the proposal a title"),
    Reason.BODY_IS_MISSING: N_("Say what you propose"),
    Reason.NO_FURTHER: N_("The proposal cannot be moved further in this direction"),
    Reason.EDIT_WINDOW_OVER: N_(
        "The deadline has passed, so the comment can no longer be changed. You can still withdraw it"
    ),
    Reason.EDITED_ELSEWHERE: N_(
        "The comment has been changed in another window. Your text is below. Compare the two, and save again if you want yours"
    ),
    Reason.REMOVED: N_("A moderator has removed the comment, so it cannot be changed"),
    Reason.ALREADY_WITHDRAWN: N_("The comment has already been withdrawn"),
    Reason.NOTHING_TO_REPLY_TO: N_("The comment is gone, so you cannot reply to it"),
    Reason.WAITS_FOR_MODERATOR: N_("The comment waits for a moderator, so it cannot be replied to yet"),
    Reason.NATIONAL_NUMBER: N_(
        "This looks like a national identity number. Take it out: what you write can be read by everybody"
    ),
    Reason.NOTHING_TO_APPROVE: N_("Nothing waits here any more. Somebody may have decided already"),
    Reason.DECIDED_MEANWHILE: N_(
        "Somebody else has decided since you opened the case. Look at their decision, and send again if you still want to"
    ),
    Reason.UNDO_WINDOW_OVER: N_(
        "A decision can be undone for %(minutes)s minutes. That time has passed, and letters have gone out"
    ),
    Reason.NOT_YOUR_DECISION: N_("Only the one who decided can undo it"),
    Reason.CHANGED_MEANWHILE: N_("Something has happened since, so the decision cannot be undone"),
    Reason.ANSWERED_MEANWHILE: N_(
        "Somebody has replied since, so the comment cannot go back to waiting. Remove it if it breaks a rule"
    ),
    Reason.NOTHING_TO_REPORT: N_("The comment is gone, so there is nothing to report"),
    Reason.REPORTED_ALREADY: N_("You have reported this already. A moderator looks at it"),
    Reason.OWN_REPORT: N_("You wrote this yourself. You can change or withdraw it instead"),
    Reason.CHANGED_ELSEWHERE: N_(
        "Somebody else has saved this since you opened it. Your text is below, with what stands there now. Put the two together, and save again"
    ),
    Reason.CHANGED_SINCE: N_("Somebody has changed it since you opened this page. Look through it once more"),
    Reason.NOT_A_TIME: N_("Choose a day and a time, such as 1 December 2026 at 12:00"),
    Reason.NO_SUCH_TIME: N_("That time does not exist. The clock goes forward an hour that night"),
    Reason.NOT_A_DAY: N_("Choose a day, such as 1 December 2026"),
    Reason.PHASES_OVERLAP: N_("It begins before the phase before it has ended. Change one of the two"),
    Reason.PHASE_HAS_BEGUN: N_(
        "Residents count on a phase that has begun. Change its end with a public reason"
    ),
    Reason.TIME_HAS_PASSED: N_("Choose a time that has not passed yet"),
    Reason.SECTION_IS_PUBLIC: N_(
        "The section is public, and residents may have answered it, so it stays in its place"
    ),
    Reason.ALREADY_PUBLISHED: N_("It has been published already"),
    Reason.NOTHING_CHANGED: N_("Nothing has been changed since the last version"),
    Reason.NO_SUMMARY: N_("Write a summary"),
    Reason.NO_MAIN_TEXT: N_("Write the text of the first section"),
    Reason.NO_INVITING_PHASE: N_("Plan a phase in which residents can do something"),
    Reason.PHASES_ARE_OVER: N_("Every phase is over. Give at least one a later end"),
    Reason.NO_CONTACT: N_("Name somebody to ask, with telephone or e-mail"),
    Reason.NO_HOUSE_RULES: N_("The municipality has no house rules yet. Residents must be able to read them"),
    Reason.SHORT_PLAN_HEARING: N_(
        "Plan- og bygningsloven § 12-10 asks for at least %(weeks)s weeks. It has %(planned)s now"
    ),
    Reason.MISSING_IN_BOKMAL: N_("Texts that are missing in Bokmål: %(count)s"),
    Reason.MISSING_IN_NYNORSK: N_("Texts that are missing in Nynorsk: %(count)s"),
    Reason.NO_ANSWER_DAY: N_("Say by which day the municipality answers"),
    Reason.LONG_SUMMARY: N_("The summary has more than two sentences. Two are read by more people"),
    Reason.UNCLEAR_LINK: N_(
        "The link “%(words)s” in “%(section)s” does not say where it leads. Name its page in the link"
    ),
    Reason.ALREADY_HIDDEN: N_("The comment is already removed"),
    Reason.NOT_HIDDEN: N_("The comment is not removed"),
    Reason.OWN_CONTRIBUTION: N_("You cannot moderate what you wrote yourself"),
    Reason.NOT_PUBLISHED: N_("Only a published comment can be removed"),
    Reason.NOTHING_TO_ANSWER: N_("What you want to answer is no longer there for everybody to read"),
    Reason.SAVED_ELSEWHERE: N_(
        "Somebody has saved another text since you opened this. Your text is below. Compare the two, and save again if you want yours"
    ),
    Reason.ALREADY_RELEASED: N_("The answer is released, so it can only be corrected"),
    Reason.NOTHING_CHOSEN: N_("Choose at least one to answer"),
    Reason.TOO_MANY_CHOSEN: N_("Choose at most %(limit)s at a time"),
    Reason.ANSWERED_ALREADY: N_(
        "Somebody has answered %(count)s of them meanwhile, so nothing is saved. Choose again"
    ),
    Reason.NOTHING_TO_RELEASE: N_("No answers are prepared"),
    Reason.ANSWERS_CHANGED: N_(
        "The answers have changed since you looked through them, so nothing is released. Look through them once more"
    ),
    Reason.STILL_OPEN: N_("The result can be published when the last deadline has passed"),
    Reason.NO_RESULT: N_("No result is written yet"),
    Reason.RESULT_INCOMPLETE: N_("Write all the parts in each language that you have begun"),
    Reason.NOT_A_DATE: N_("Choose a day, or leave the date empty"),
    Reason.NOT_A_SECURE_LINK: N_("Write an address that begins with https://"),
    Reason.UNKNOWN_PERSON: N_("Choose one of the people in the list"),
    Reason.NOT_AN_ADDRESS: N_("Write an e-mail address, such as name@example.org"),
    Reason.WRONG_CODE: N_("The code is not right. Look in the newest e-mail"),
    Reason.TOO_MANY_TRIES: N_("The code has been tried too often. Ask for a new one"),
    Reason.CODE_TOO_OLD: N_("The code is too old. Ask for a new one"),
    Reason.LINK_USED: N_("The link has been used already"),
    Reason.LINK_TOO_OLD: N_("The link is too old"),
    Reason.NO_ADDRESS: N_("We have no e-mail address for you. Write one, and we send the letters there"),
    Reason.SIGN_IN_ANEW: N_("Sign in once more first. It must be less than %(minutes)s minutes ago"),
    Reason.NOT_CONFIRMED: N_("Tick the box if you are sure"),
    Reason.LAST_ADMINISTRATOR: N_("Somebody must be administrator. Make somebody else administrator first"),
    Reason.HAS_ROLE: N_("The person has this role already"),
    Reason.HAS_NO_ROLE: N_("The person does not have this role any more"),
    Reason.INVITATION_REVOKED: N_("The invitation has been taken back"),
    Reason.INVITATION_USED: N_("The invitation has been used already"),
    Reason.INVITATION_TOO_OLD: N_("The invitation is too old. Ask for a new one"),
    Reason.GUEST_HAS_NO_ROLE: N_("Sign in first, for a guest cannot have a role"),
    Reason.NEEDS_SURER_SIGN_IN: N_("Sign in in a more secure way first, and then put the two together"),
    Reason.STAFF_NOT_JOINED: N_("An account with a role stays by itself. Ask an administrator about it"),
    Reason.ADDRESS_TAKEN: N_("Another account here is signed in to with this address already"),
    Reason.ROLE_IS_WHOLE: N_("Only editors can be bound to a unit. Choose the whole municipality"),
    Reason.UNIT_BELOW_ITSELF: N_("A unit cannot lie below itself"),
    Reason.UNIT_HAS_UNITS: N_("There are units below it. Move or retire them first"),
    Reason.UNIT_RETIRED: N_("The unit is retired already"),
    Reason.UNIT_IN_USE: N_("The unit is in use already"),
    Reason.NOT_PUBLISHED_YET: N_("It is a draft. Residents have not been promised any dates yet"),
    Reason.PHASE_OVER: N_("The phase is over, so its deadline cannot be moved"),
    Reason.NOTHING_OPEN: N_("Nothing is open now, so there is nothing to close"),
    Reason.SAME_DAY: N_("That is the deadline already. Choose another day"),
    Reason.DAY_PASSED: N_("That day has passed. Choose a later day, or close it now"),
    Reason.ENDS_BEFORE_IT_BEGINS: N_("The phase would end before it begins. Choose a later day"),
    Reason.TOO_FAR_AHEAD: N_("That is more than five years ahead. Choose an earlier day"),
    Reason.NOT_A_DATE: N_("Choose a day"),
    Reason.NEXT_PHASE_BEGINS: N_(
        "The next phase would begin before this one ends. Move what comes after as much, or choose an earlier day"
    ),
    Reason.UNDER_SIX_WEEKS: N_(
        "A planning consultation normally lasts at least six weeks. Tick the box if it is to be shorter"
    ),
    Reason.DATES_CHANGED_ELSEWHERE: N_(
        "Somebody else has just changed the dates. Look at the new ones, and move the deadline again if it is still needed"
    ),
}

ROLE_NAMES: dict[Role, str] = {
    Role.ADMINISTRATOR: N_("administrator"),
    Role.EDITOR: N_("editor"),
    Role.MODERATOR: N_("moderator"),
    Role.ASSESSOR: N_("assessor"),
    Role.READER: N_("reader"),
}

LEVEL_NAMES: dict[Level, str] = {
    Level.NONE: N_("not signed in"),
    Level.OPEN: N_("guest"),
    Level.EMAIL: N_("confirmed e-mail"),
    Level.EID: N_("electronic ID"),
}

_LONG_DATE = {"nb": "EEEE d. MMMM", "nn": "EEEE d. MMMM", "en": "EEEE d MMMM"}
_SHORT_DATE = {"nb": "d. MMMM", "nn": "d. MMMM", "en": "d MMMM"}
_CLOCK = {"nb": "'kl.'\u00a0HH.mm", "nn": "'kl.'\u00a0HH.mm", "en": "'at'\u00a0HH:mm"}


@cache
def catalogue(language: str) -> NullTranslations:
    """The compiled messages of a language; English is the message ids themselves."""
    if language == "en":
        return NullTranslations()
    with (LOCALE / language / "LC_MESSAGES" / "participation.mo").open("rb") as file:
        return GNUTranslations(file)


@dataclass(frozen=True)
class Words:
    """One language's way of saying things. Cheap to make, safe to share."""

    language: str

    def say(self, message: str) -> str:
        """The sentence in this language."""
        return catalogue(self.language).gettext(message)

    def reason(self, refusal: Refusal) -> str:
        """Why not, as a sentence without a full stop; the same in summary and at the field."""
        figures = {
            name: self.number(value) if isinstance(value, int) else value
            for name, value in refusal.figures.items()
        }
        return self.say(REASONS[refusal.reason]) % figures

    def role(self, role: Role) -> str:
        return self.say(ROLE_NAMES[role])

    def level(self, level: Level) -> str:
        return self.say(LEVEL_NAMES[level])

    def money(self, kroner: int) -> str:
        """Whole kroner, such as 620 000 kr, which never break over a line."""
        return (
            f"{self.number(kroner)}\u00a0kr" if self.language != "en" else f"NOK\u00a0{self.number(kroner)}"
        )

    def number(self, value: int) -> str:
        """Grouped in threes by no-break spaces, as Norwegian readers expect."""
        return format_decimal(value, locale=_locale(self.language)).replace("\u202f", "\u00a0")

    def date(self, moment: datetime, *, weekday: bool = True) -> str:
        """The local day, with the year unless it is this year."""
        local, today = moment.astimezone(TIME_ZONE), clock.now().astimezone(TIME_ZONE)
        pattern = (_LONG_DATE if weekday else _SHORT_DATE)[self.language]
        if local.year != today.year:
            pattern += " y"
        return _day(local.date(), pattern, self.language)

    def day(self, day: LocalDay) -> str:
        """A local day that is known without its time."""
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=TIME_ZONE)
        return self.date(noon, weekday=False)

    def time(self, moment: datetime) -> str:
        """The local day and time: tirsdag 24. november kl. 23.59."""
        return f"{self.date(moment)} {self.clock(moment)}"

    def clock(self, moment: datetime) -> str:
        """The local time alone: kl. 14.05."""
        local = moment.astimezone(TIME_ZONE)
        return _minute(local.time().replace(second=0, microsecond=0), self.language)

    def deadline(self, closes: datetime) -> str:
        """A half-open end as people say it: what closes at midnight closes at 23.59 the day before."""
        return self.time(last_minute(closes))

    def deadline_day(self, closes: datetime, *, weekday: bool = False) -> str:
        """The last day on which something is open."""
        return self.date(last_minute(closes), weekday=weekday)


def rank(language: str, languages: Sequence[str]) -> int:
    """Rank of a text's language in the reader's order; those not asked for come last."""
    return languages.index(language) if language in languages else len(languages)


def last_minute(closes: datetime) -> datetime:
    """The last whole minute before a half-open end."""
    return closes - LAST_MINUTE


def days_left(closes: datetime, now: datetime) -> int:
    """Local midnights between now and the deadline: 0 = today, 1 = tomorrow. Exact over daylight saving."""
    return (last_minute(closes).astimezone(TIME_ZONE).date() - now.astimezone(TIME_ZONE).date()).days


def local_midnight(day: datetime, days: int = 0) -> datetime:
    """The start of the local day that lies so many days after the given moment's, in UTC."""
    date = day.astimezone(TIME_ZONE).date() + timedelta(days=days)
    return datetime(date.year, date.month, date.day, tzinfo=TIME_ZONE).astimezone(UTC)


def days_later(moment: datetime, days: int) -> datetime:
    """The same time of the local day, so many days later: nine stays nine over daylight saving."""
    local = moment.astimezone(TIME_ZONE)
    return (local + timedelta(days=days)).astimezone(UTC)


class NoSuchTime(ValueError):  # noqa: N818 - says what it is
    """A local time that the clock jumps over in spring."""


def local_moment(text: str) -> datetime:
    """A local day and time as a form sends them, in UTC. Raises `ValueError`, or `NoSuchTime` for the lost hour."""
    local = datetime.fromisoformat(text.strip())
    if local.tzinfo is not None or not 2000 <= local.year < 2200:
        raise ValueError(text)
    moment = local.replace(second=0, microsecond=0, tzinfo=TIME_ZONE).astimezone(UTC)
    if moment.astimezone(TIME_ZONE).replace(tzinfo=None) != local.replace(second=0, microsecond=0):
        raise NoSuchTime(text)
    return moment


def as_input(moment: datetime | None, *, day_only: bool = False) -> str:
    """A moment as a field for local day and time shows it."""
    if moment is None:
        return ""
    return moment.astimezone(TIME_ZONE).strftime("%Y-%m-%d" if day_only else "%Y-%m-%dT%H:%M")


@lru_cache(maxsize=4096)
def _day(day: date, pattern: str, language: str) -> str:
    """A page of comments names the same few days again and again, and the library takes its time for each."""
    return format_date(day, pattern, locale=_locale(language))


@lru_cache(maxsize=8192)
def _minute(minute: time, language: str) -> str:
    return format_time(minute, _CLOCK[language], locale=_locale(language))


@cache
def _locale(language: str) -> Locale:
    return Locale.parse("en_GB" if language == "en" else language)
