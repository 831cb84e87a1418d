"""What happens to people, roles and sessions. Ids only: the history stays when a person is erased."""

from dataclasses import dataclass

from participation.events import Event
from participation.policy import Role


@dataclass(frozen=True)
class StaffInvited(Event):
    """Somebody was asked to take a role; without an actor it was the operator."""

    kind = "staff-invited"
    invitation_id: int
    role: Role
    unit_id: int | None = None  # none: the whole municipality


@dataclass(frozen=True)
class InvitationRevoked(Event):
    """The invitation opens nothing any more."""

    kind = "invitation-revoked"
    invitation_id: int


@dataclass(frozen=True)
class RoleGiven(Event):
    """A person has a role from now on, by an administrator or by redeeming an invitation."""

    kind = "role-given"
    whom: int
    role: Role
    unit_id: int | None = None


@dataclass(frozen=True)
class RoleTaken(Event):
    """A person lost a role, and their sessions ended."""

    kind = "role-taken"
    whom: int
    role: Role
    unit_id: int | None = None


@dataclass(frozen=True)
class SessionsEnded(Event):
    """A person was signed out everywhere (or everywhere else, by themselves)."""

    kind = "sessions-ended"
    whom: int


@dataclass(frozen=True)
class GuestClaimed(Event):
    """What a guest wrote and voted belongs to an account now, by who has both."""

    kind = "guest-claimed"
    whom: int
    guest_id: int


@dataclass(frozen=True)
class IdentitiesLinked(Event):
    """An e-mail address leads to an account from now on, with all that was written under it."""

    kind = "identities-linked"
    whom: int
    joined_id: int


@dataclass(frozen=True)
class PersonErased(Event):
    """A person had themselves erased; `with_texts` says whether their texts went too."""

    kind = "person-erased"
    whom: int
    with_texts: bool
