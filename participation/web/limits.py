"""How much one request may carry. Bounds come before any parsing."""

import re
from urllib.parse import parse_qsl

from starlette.requests import Request

MAX_TARGET = 2_000  # characters of path and query
MAX_BODY = 512 * 1024  # 50,000 characters of Markdown, each percent-encoded from four bytes, fit
MAX_FIELDS = 100
MAX_HEADERS = 100


class BadRequest(Exception):  # noqa: N818 - an answer
    """The request cannot be read. `status` is the HTTP status that says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def check_target(request: Request) -> None:
    """Refuse overlong addresses and header floods."""
    scope = request.scope
    target = len(scope.get("raw_path") or scope["path"].encode()) + len(scope["query_string"])
    if target > MAX_TARGET:
        raise BadRequest(414)
    if len(scope["headers"]) > MAX_HEADERS:
        raise BadRequest(431)
    if "\x00" in scope["path"]:
        raise BadRequest(400)


async def read_body(request: Request) -> bytes:
    """What was sent, read within bounds."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise BadRequest(413)
    return bytes(body)


def fields_of(request: Request, body: bytes) -> list[tuple[str, str]]:
    """The pairs of a form body. Only ordinary forms; uploads have their own door."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and content_type != "application/x-www-form-urlencoded":
        raise BadRequest(415)
    try:
        return parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            max_num_fields=MAX_FIELDS,
            encoding="utf-8",
            errors="strict",
        )
    except ValueError:
        raise BadRequest(400) from None


def is_one_click(body: bytes) -> bool:
    """Is this what a mail program sends to end letters (RFC 8058), in either of the two encodings that it may choose?"""
    is_field = re.search(rb'name="?List-Unsubscribe"?\r?\n(?:[^\r\n]+\r?\n)*\r?\nOne-Click\r?\n--', body)
    return body.strip() == b"List-Unsubscribe=One-Click" or is_field is not None
