"""What moderators send."""

from participation.moderation.rules import FACTS_MAX
from participation.web.forms import Form, choice_field, text_field, whole_number


class RestoreForm(Form):
    """Bringing words back, and why, for the author to read."""

    facts = text_field(FACTS_MAX)

    @property
    def reason(self) -> str:
        return self.facts.data or ""


class HideForm(RestoreForm):
    """Removing words from view: the house rule by its number, and the facts for the author."""

    rule = choice_field(whole_number)

    @property
    def rule_number(self) -> int:
        return int(self.rule.data or 0)
