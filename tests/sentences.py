"""What the program says, in one line, so that tests name reasons and no wording."""

from participation.i18n import Words
from participation.refusal import Reason, Refusal


def sentence(reason: Reason, language: str = "nb", **figures: int | str) -> str:
    """The sentence of a refusal as `Answer.words` holds it."""
    return " ".join(Words(language).reason(Refusal(reason, figures)).split())
