"""What happens to consultations."""

from dataclasses import dataclass

from participation.events import Event


@dataclass(frozen=True)
class ConsultationPublished(Event):
    """Residents can see it from now on."""

    kind = "consultation-published"
