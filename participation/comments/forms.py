"""What people send about comments."""

from wtforms import BooleanField

from participation.comments.rules import BODY_MAX, refusal_of_words
from participation.refusal import Refused
from participation.text import WrittenText
from participation.web.forms import Form, choice_field, code_field, text_field, whole_number, written


class ReplyForm(Form):
    """An answer to a contribution. `idem` lets a repetition count once.

    Who writes what looks like a national identity number is told before anything is kept, also signed out, and may
    say that it is none: then a moderator reads it first.
    """

    body = text_field(BODY_MAX)
    no_number = BooleanField()
    idem = code_field()
    text: WrittenText

    def prepare(self) -> None:
        refusal = refusal_of_words(self.body.data or "")
        if refusal and not self.no_number.data:
            self.refuse(Refused(refusal, "body"))
        self.text = written(self.body)


class CommentForm(ReplyForm):
    """A comment about a section, 0 being the whole."""

    section = choice_field(whole_number)

    @property
    def position(self) -> int:
        return int(self.section.data or 0)


class EditForm(ReplyForm):
    """A changed text, with the version that the author had before their eyes."""

    version = code_field()

    @property
    def seen_version(self) -> int:
        """0, which no text has, when the field was tampered with: then the change counts as made elsewhere."""
        sent = self.version.data or ""
        return int(sent) if sent.isascii() and sent.isdigit() else 0
