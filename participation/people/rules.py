"""How long a session lasts (decision 17; ID-porten demands the 30 idle minutes)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from participation.policy import Level, Role
from participation.refusal import Reason, Refusal

GUEST_ISSUER = "guest"  # the issuer of people without an account; the subject means nothing anywhere
EMAIL_ISSUER = "email"  # the issuer of people known by their address; the subject is the address
TOUCH_EVERY = timedelta(minutes=1)  # a session's time is written at most this often (decision 25)


@dataclass(frozen=True)
class Lifetime:
    """After `idle` without a page the session is over, and after `whole` in any case."""

    idle: timedelta
    whole: timedelta


_EID = Lifetime(timedelta(minutes=30), timedelta(hours=8))
_EMAIL = Lifetime(timedelta(hours=12), timedelta(hours=12))


def lifetime(level: Level, *, is_staff: bool) -> Lifetime:
    """Staff and eID end soon, since others may sit down at the machine; e-mail lasts the day."""
    return _EID if is_staff or level is Level.EID else _EMAIL


# No identity provider of ours can be called so: theirs are addresses, or the words above, or `demo`.
ERASED_ISSUER = "erased"
LETTER_LIFE = timedelta(minutes=15)  # a mailed link or code (decision 17)
CODE_TRIES = 5  # six digits tried five times: one chance in 200,000


class AttemptLike(Protocol):
    """What the rules read of an attempt to sign in by e-mail."""

    @property
    def tries(self) -> int: ...
    @property
    def ends_at(self) -> datetime: ...
    @property
    def used_at(self) -> datetime | None: ...


def refusal_to_redeem(attempt: AttemptLike, now: datetime) -> Refusal | None:
    """Why the attempt's code opens nothing now, or None. That the code is the right one is asked besides."""
    if attempt.used_at is not None:
        return Refusal(Reason.LINK_USED)
    if now >= attempt.ends_at:
        return Refusal(Reason.CODE_TOO_OLD)
    return Refusal(Reason.TOO_MANY_TRIES) if attempt.tries >= CODE_TRIES else None


def normal_address(text: str) -> str | None:
    """An e-mail address as we compare it, or None when it cannot be one.

    Deliberately loose: the proof of an address is that a letter arrives. Case is folded; dots and plus signs are left
    alone, since only the address's own server knows what they mean.
    """
    address = text.strip().lower()
    name, _, host = address.rpartition("@")
    plausible = name and "." in host and len(address) <= 254 and not host.startswith((".", "-"))
    return address if plausible and address.isprintable() and not set(address) & set(' ,;<>()[]\\"') else None


ATTEMPT_KEPT_FOR = timedelta(
    days=1
)  # after its end; an address that somebody typed is not kept beyond its use
ATTEMPT_COOKIE_LIFE = timedelta(minutes=30)  # a little longer than the code, to say that it is too old
NAME_MAX = 80  # characters
FRESH = timedelta(
    minutes=5
)  # how recent a sign-in must be to erase oneself: nobody does it at a forgotten screen
INVITATION_LIFE = timedelta(days=7)
INVITATION_KEPT_FOR = timedelta(days=30)  # after its end, without the address


def refusal_to_erase(began_at: datetime, now: datetime) -> Refusal | None:
    """Why this session may not erase its person, or None."""
    if now - began_at < FRESH:
        return None
    return Refusal(Reason.SIGN_IN_ANEW, {"minutes": int(FRESH.total_seconds() // 60)})


def refusal_of_unit(role: Role, unit_id: int | None, units_in_use: Collection[int]) -> Refusal | None:
    """Why a role cannot be held in this unit, or None. Only an editor's reaches less far than the municipality."""
    if unit_id is None:
        return None
    if role is not Role.EDITOR:
        return Refusal(Reason.ROLE_IS_WHOLE)
    return None if unit_id in units_in_use else Refusal(Reason.NOT_A_CHOICE)


def refusal_to_take_role(
    role: Role, person_id: int, roles: Collection[Role], administrators: Collection[int]
) -> Refusal | None:
    """Why this person cannot lose this role, or None. A town is never left without an administrator."""
    if role not in roles:
        return Refusal(Reason.HAS_NO_ROLE)
    if role is Role.ADMINISTRATOR and set(administrators) == {person_id}:
        return Refusal(Reason.LAST_ADMINISTRATOR)
    return None


class InvitationLike(Protocol):
    """What the rules read of an invitation."""

    @property
    def ends_at(self) -> datetime: ...
    @property
    def revoked_at(self) -> datetime | None: ...
    @property
    def redeemed_at(self) -> datetime | None: ...


def refusal_to_accept(invitation: InvitationLike, now: datetime) -> Refusal | None:
    """Why the invitation gives no role now, or None."""
    if invitation.revoked_at is not None:
        return Refusal(Reason.INVITATION_REVOKED)
    if invitation.redeemed_at is not None:
        return Refusal(Reason.INVITATION_USED)
    return Refusal(Reason.INVITATION_TOO_OLD) if now >= invitation.ends_at else None


PRIVATE_LINK_LIFE = timedelta(days=365)  # from each time it is used
CLAIM_LIFE = timedelta(hours=1)  # to decide whether an account takes over what a guest wrote
PROOF_LIFE = timedelta(hours=1)  # of a letter that asks whether an address is right
PROOF_KEPT_FOR = timedelta(days=1)  # after its end


def refusal_to_join(issuer: str, *, has_role: bool, level: Level) -> Refusal | None:
    """Why an account of this issuer cannot become part of one that is signed in to at this level, or None.

    The surer sign-in takes in the less sure one, never the other way round: else a letter to a shared mailbox would
    be a way into an account that needs electronic ID.
    """
    if has_role:
        return Refusal(Reason.STAFF_NOT_JOINED)
    given = {GUEST_ISSUER: Level.OPEN, EMAIL_ISSUER: Level.EMAIL}.get(issuer, Level.EID)
    return None if level.rank > given.rank else Refusal(Reason.NEEDS_SURER_SIGN_IN)


def needs_touch(seen_at: datetime, now: datetime) -> bool:
    """Is it time to write down that the person is still here?"""
    return now - seen_at >= TOUCH_EVERY
