"""What happens to consultations."""

from dataclasses import dataclass

from participation.events import Event


@dataclass(frozen=True)
class ConsultationPublished(Event):
    """Residents can see it from now on."""

    kind = "consultation-published"


@dataclass(frozen=True)
class DatesChanged(Event):
    """A published deadline was moved, or a phase was closed early; the change holds both dates and the reason."""

    kind = "dates-changed"
    subject_id: int
    change_id: int


@dataclass(frozen=True)
class ConsultationImported(Event):
    """A process from another system stands here, whole, from now on. It is old, so nobody is called to it."""

    kind = "consultation-imported"
