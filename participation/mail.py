"""Mail: one way out. SMTP when `SMTP_URL` is set; else each message becomes a file that `/dev/mail` shows.

A message carries text first and an HTML twin. Nothing here decides who gets what: that is `notifications/`.
"""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, make_msgid
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from participation import clock
from participation.settings import Settings

TIMEOUT = 20  # seconds for each step of the conversation with the mail server
Send = Callable[["Letter"], None]


@dataclass(frozen=True)
class Letter:
    """A mail before it becomes headers and bytes."""

    to: str
    subject: str
    text: str
    html: str
    language: str
    from_name: str
    stop: str | None = None  # where the reader's mail program ends such letters in one click (RFC 8058)


class CannotSend(Exception):  # noqa: N818 - says what happened
    """The letter did not leave. The text says what kind of trouble, never the address. `is_refused`: the server knows
    that nobody ever gets mail at this address, so trying again helps nobody."""

    def __init__(self, trouble: str, *, is_refused: bool = False) -> None:
        super().__init__(trouble)
        self.is_refused = is_refused


class WholeHeader(UnstructuredHeader):
    """A header on a line of its own, however long: Python would encode a long web address, which then is none."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}:{policy.linesep} {self}{policy.linesep}"  # type: ignore[attr-defined] # mixed in


_headers = HeaderRegistry()
_headers.map_to_type("list-unsubscribe", WholeHeader)  # type: ignore[arg-type] # a mixin by design
MAIL = SMTP.clone(header_factory=_headers)


def sender(settings: Settings) -> Send:
    """The way out that the settings ask for."""

    def send(letter: Letter) -> None:
        """Whatever is wrong with an address, the disk or the server: the letter is tried again, the others go out."""
        try:
            mail = message(letter, settings.mail_from)
            if settings.smtp_url:
                send_by_smtp(settings.smtp_url, mail)
            else:
                put_in_folder(settings.mail_dir, mail)
        except (
            OSError,
            ValueError,
            IndexError,
            MessageError,
        ) as error:  # the last three: an address that is none
            raise CannotSend(type(error).__name__) from None

    return send


def message(letter: Letter, mail_from: str) -> EmailMessage:
    """The letter as a standard message. Line breaks in names or subjects cannot add headers."""
    mail = EmailMessage(policy=MAIL)
    mail["From"] = Address(_one_line(letter.from_name), addr_spec=mail_from)
    mail["To"] = Address(addr_spec=letter.to)
    mail["Subject"] = _one_line(letter.subject)
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = make_msgid(domain=mail_from.rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"
    if letter.stop:
        mail["List-Unsubscribe"] = f"<{_one_line(letter.stop)}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(letter.text)
    mail.add_alternative(letter.html, subtype="html")
    mail["Content-Language"] = (
        letter.language
    )  # last: a second part takes the first one's Content- headers with it
    return mail


def send_by_smtp(url: str, mail: EmailMessage) -> None:
    """Hand the message to a mail server: `smtp://user:password@host:587?starttls=required` or `smtps://host`.

    Raises `CannotSend`; the caller tries again later.
    """
    try:
        _converse(url, mail)
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise CannotSend(f"SMTPRecipientsRefused {code}", is_refused=_is_for_good(code, said)) from None
    except (OSError, smtplib.SMTPException) as error:
        raise CannotSend(f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip()) from None


def _is_for_good(code: int, said: bytes) -> bool:
    """Is it the address that is refused, and not us? 5.7.x speaks of what we may do (RFC 3463)."""
    return 500 <= code < 600 and not said.lstrip().startswith(b"5.7.")


def _converse(url: str, mail: EmailMessage) -> None:
    parts = urlsplit(url)
    host, context = parts.hostname or "localhost", ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT, context=context)
    else:
        server = smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT)
    with server:
        if parse_qs(parts.query).get("starttls") == ["required"]:
            server.starttls(context=context)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(mail)


def put_in_folder(folder: Path, mail: EmailMessage) -> None:
    """Keep the message as a file, newest last by name."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{clock.now():%Y%m%d-%H%M%S-%f}-{abs(hash(mail['Message-ID'])) % 10**6:06}.eml"
    (folder / name).write_bytes(mail.as_bytes())


def _one_line(text: str) -> str:
    """One line, also for readers of encoded words: Python turns `=?utf-8?q?=0ABcc:…?=` into a header of its own."""
    return " ".join(text.split()).replace("=?", "= ?")
