"""What happens to consultations."""

from dataclasses import dataclass

from participation.events import Event


@dataclass(frozen=True)
class ConsultationPublished(Event):
    """Residents can see it from now on."""

    kind = "consultation-published"


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
