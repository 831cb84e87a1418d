"""What moderators send."""

from participation.moderation.rules import FACTS_MAX
from participation.web.forms import Form, choice_field, text_field


class RestoreForm(Form):
    """Bringing words back, and why, for the author to read."""

    facts = text_field(FACTS_MAX)


class HideForm(RestoreForm):
    """Removing words from view: the house rule by its number, and the facts for the author."""

    rule = choice_field()
