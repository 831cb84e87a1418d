"""Whom a throttle counts: the other end of the connection, or whom our own proxy names."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from starlette.requests import Request

from participation.settings import Settings
from participation.web.client import client_block

PROXY = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def block(peer: str | None, forwarded: str = "", proxies: tuple[object, ...] = PROXY) -> str:
    settings = Settings(Path(), "sqlite://", b"", trusted_proxies=proxies)  # type: ignore[arg-type]
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    return client_block(
        Request({"type": "http", "headers": headers, "client": (peer, 1) if peer else None}), settings
    )


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),  # not our proxy: its word counts for nothing
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),  # the left one is the visitor's own claim
        ("10.0.0.1", "198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "evil, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7, evil", "10.0.0.1"),
        ("10.0.0.1", ",,", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7:443", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::"),
        ("fd00::1", "2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("fd00::1", "10.0.0.9", "10.0.0.9"),
    ],
)
def test_addresses(peer: str, forwarded: str, expected: str) -> None:
    assert block(peer, forwarded) == expected


def test_one_ipv6_connection_is_one_visitor() -> None:
    assert block("2001:db8::1") == block("2001:db8::ffff:1") != block("2001:db8:0:1::1")


def test_an_unknown_peer_is_one_of_its_own() -> None:
    assert block(None) == block("testclient") == "None"
