"""A real mail server on loopback that keeps what it is given, and can be told to refuse."""

import email
import email.policy
import re
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


class Keeper:
    """Keeps every message; answers addresses in `refused` with a permanent refusal, those in `busy` with a passing one."""

    def __init__(self) -> None:
        self.envelopes: list[tuple[list[str], EmailMessage]] = []
        self.refused: set[str] = set()
        self.busy: set[str] = set()
        self.asked = 0

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        self.asked += 1
        if address in self.refused:
            return "550 5.1.1 nobody of that name"
        if address in self.busy:
            return "450 4.2.1 try later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.envelopes.append((list(envelope.rcpt_tos), mail))
        return "250 taken"

    def mails_to(self, address: str) -> list[EmailMessage]:
        return [mail for to, mail in self.envelopes if to == [address]]


@contextmanager
def mail_server(keeper: Keeper, port: int) -> Iterator[str]:
    """A mail server at this port; gives the address for `SMTP_URL`."""
    controller = Controller(keeper, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part
    return str(part.get_content())


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part
    return str(part.get_content())


def links_in(mail: EmailMessage) -> list[str]:
    """The addresses in both parts of a letter."""
    return re.findall(r"https?://[^\s\"<>]+", text_of(mail)) + re.findall(r'href="([^"]+)"', html_of(mail))
