"""What people send to sign in."""

from wtforms import StringField

from participation.web.forms import Form, choice_field


class TestSignInForm(Form):
    """The choice of a test person, and where to go afterwards."""

    person = choice_field()
    to = StringField()
