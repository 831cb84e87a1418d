"""What people send about comments."""

from participation.comments.rules import BODY_MAX
from participation.text import WrittenText
from participation.web.forms import Form, choice_field, code_field, text_field, written


class ReplyForm(Form):
    """An answer to a contribution. `idem` lets a repetition count once."""

    body = text_field(BODY_MAX)
    idem = code_field()
    text: WrittenText

    def prepare(self) -> None:
        self.text = written(self.body)


class CommentForm(ReplyForm):
    """A comment about a section, 0 being the whole."""

    section = choice_field()


class EditForm(ReplyForm):
    """A changed text, with the version that the author had before their eyes."""

    version = code_field()
