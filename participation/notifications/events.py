"""What time alone makes happen, for those who follow a case."""

from dataclasses import dataclass

from participation.events import Event


@dataclass(frozen=True)
class ConsultationClosing(Event):
    """A phase in which residents may take part ends in two or three days."""

    kind = "consultation-closing"
    phase_id: int
