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


@dataclass(frozen=True)
class ConsultationChanged(Event):
    """A new version of its texts is public, with a note on what was changed and why."""

    kind = "consultation-changed"
    subject_id: int
    version: int


@dataclass(frozen=True)
class CaseFactsChanged(Event):
    """Contact, case number, area or the promised day of the answer were changed after publishing."""

    kind = "case-facts-changed"


@dataclass(frozen=True)
class ComingPhasesChanged(Event):
    """Phases that had not begun were changed after publishing."""

    kind = "coming-phases-changed"
