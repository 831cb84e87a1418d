"""Letters as messages: no header can be added, and trouble of any kind is told, never thrown at the worker."""

import email
import email.policy
from dataclasses import replace

import pytest

from participation.mail import CannotSend, Letter, message, sender
from participation.settings import Settings

LETTER = Letter("kari@example.org", "Svar på «Torget»", "Hei\n", "<p>Hei</p>", "nb", "Ålesund kommune")
INJECTIONS = ["a\r\nBcc: all@example.org", "a\nBcc: x@example.org", "a\r\n\r\n<script>", "a\x0bb", "a\u2028Bcc: x", "a\x85b", "=?utf-8?q?=0ABcc:_x?="]  # fmt: skip


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("part", ["subject", "from_name"])
def test_line_breaks_add_no_header(text: str, part: str) -> None:
    raw = message(replace(LETTER, **{part: text}), "post@example.org").as_bytes()
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert mail["Bcc"] is None
    assert set(mail.keys()) == {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language", "MIME-Version", "Content-Type"}  # fmt: skip
    assert str(mail["To"]) == LETTER.to


def test_a_mail_program_can_stop_the_letters_in_one_click() -> None:
    """RFC 8058, whole however long the address is: an encoded word in this header would be no address."""
    stop = f"https://{'medvirkning.' * 8}kommune.no:8443/nn/l/{'x' * 32}"
    mail = message(replace(LETTER, stop=stop), "post@example.org")
    raw = mail.as_bytes()
    assert b"=?" not in raw.partition(b"List-Unsubscribe")[2].partition(b"MIME")[0]
    read = email.message_from_bytes(raw, policy=email.policy.default)
    assert str(read["List-Unsubscribe"]).strip() == f"<{stop}>"
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_norwegian_letters_arrive() -> None:
    mail = email.message_from_bytes(
        message(LETTER, "post@example.org").as_bytes(), policy=email.policy.default
    )
    assert mail["Subject"] == "Svar på «Torget»"
    assert mail["From"].addresses[0].display_name == "Ålesund kommune"
    assert mail.get_body(("plain",)).get_content().strip() == "Hei"


@pytest.mark.parametrize(
    "to", ["", "a b@example.org", "a@example.org\r\nBcc: b@example.org", "a@b@c", "<a@b>", "ø@", ","]
)
def test_an_address_that_is_none_is_told(settings: Settings, to: str) -> None:
    with pytest.raises(CannotSend):
        sender(settings)(replace(LETTER, to=to))


def test_a_folder_that_cannot_be_written_is_told(settings: Settings) -> None:
    (settings.data_dir / "taken").write_text("a file")
    with pytest.raises(CannotSend, match="Error"):
        sender(replace(settings, data_dir=settings.data_dir / "taken"))(LETTER)


def test_a_server_that_is_not_there_is_told(settings: Settings) -> None:
    with pytest.raises(CannotSend, match="Refused"):
        sender(replace(settings, smtp_url="smtp://127.0.0.1:9"))(LETTER)
