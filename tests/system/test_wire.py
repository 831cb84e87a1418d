"""What goes over the wire: slow senders, methods, compression, conditions, and the page shared for a second."""

import gzip
import socket
import time
from contextlib import ExitStack

import pytest

from participation.web.page_cache import KEEP
from tests.system.product import Installation, Server, eventually
from tests.system.visitor import Visitor, code_in

HALF = (
    b"GET / HTTP/1.1\r\nHost: halden.localhost\r\nX-Slow: ",
    b"POST /dev/sign-in HTTP/1.1\r\nHost: halden.localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 500\r\n\r\nperson=ka",
    b"",
)


def test_half_sent_requests_hold_up_nobody(shared: Server) -> None:
    with ExitStack() as lingering:
        for number in range(90):
            slow = lingering.enter_context(socket.create_connection(("127.0.0.1", shared.port), timeout=10))
            slow.sendall(HALF[number % len(HALF)])
        kari = shared.visitor().signed_in_as("kari")
        for path in ("/", "/consultations", kari.open_consultation()):
            assert kari.get(path).status == 200
            assert shared.visitor().get(path).status == 200


def test_who_hangs_up_early_leaves_nothing_behind(shared: Server) -> None:
    for number in range(40):
        with socket.create_connection(("127.0.0.1", shared.port), timeout=10) as short:
            short.sendall(
                b"GET /consultations?x=%d HTTP/1.1\r\nHost: halden.localhost:%d\r\n\r\n"
                % (number, shared.port)
            )
    assert shared.visitor().get("/consultations").status == 200
    assert "Traceback" not in shared.output


@pytest.mark.parametrize("path", ["/", "/consultations", "/healthz", "/nowhere", "/dev/sign-in"])
def test_head_is_get_without_a_body(shared: Server, path: str) -> None:
    visitor = shared.visitor()
    get, head = visitor.get(path), visitor.ask("HEAD", path)
    assert head.status == get.status
    assert head.body == b""
    assert head.headers["content-type"] == get.headers["content-type"]
    assert head.headers.get("etag") == get.headers.get("etag")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_a_method_that_is_not_offered_gets_a_page(shared: Server, method: str) -> None:
    answer = shared.visitor().ask(method, "/", b"")
    assert answer.status == 405
    assert "GET" in answer.headers["allow"]
    assert "<h1" in answer.text


def test_compressed_or_not_it_is_the_same_page(shared: Server) -> None:
    visitor = shared.visitor()
    kari = visitor.signed_in_as("kari")
    place = visitor.open_consultation()
    for person, path in ((visitor, "/"), (visitor, place), (kari, "/consultations"), (visitor, "/nowhere")):
        plain, packed = person.get(path), person.get(path, Accept_Encoding="gzip, br")
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == "gzip"
        assert int(packed.headers["content-length"]) == len(packed.body) < len(plain.body)
        assert "accept-encoding" in packed.headers["vary"].lower()
        if path != "/nowhere":  # an error page says its own number
            assert gzip.decompress(packed.body) == plain.body


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_what_a_browser_has_is_not_sent_again(shared: Server, encoding: str) -> None:
    visitor = shared.visitor()
    for path in ("/", visitor.open_consultation()):
        first = visitor.get(path, Accept_Encoding=encoding)
        assert first.headers["cache-control"] == "public, no-cache"
        for pause in (0, KEEP + 0.1):
            time.sleep(pause)  # once out of the memory, once made anew
            again = visitor.get(path, Accept_Encoding=encoding, If_None_Match=first.headers["etag"])
            assert (again.status, again.body) == (304, b"")
            assert again.headers["etag"] == first.headers["etag"]
        assert visitor.get(path, Accept_Encoding=encoding, If_None_Match='W/"other"').status == 200


def test_what_is_hidden_is_gone_for_visitors_in_a_second(sqlite: Installation) -> None:
    with sqlite.serving() as server:
        visitor = server.visitor()
        kari, henrik = visitor.signed_in_as("kari"), visitor.signed_in_as("henrik")
        place = visitor.open_consultation()
        code = code_in(kari.comment(place, "Dette skal snart bort").location)
        assert eventually(lambda: "Dette skal snart bort" in visitor.get(place).text, KEEP + 1)
        assert henrik.post(f"/moderation/{code}/hiding", {"rule": "1", "facts": "Usaklig."}).status == 303
        time.sleep(KEEP + 0.1)
        for path in (place, f"/comments/{code}"):
            assert "Dette skal snart bort" not in visitor.get(path).text
            assert "Dette skal snart bort" not in visitor.get(path, Accept_Encoding="gzip").text


def test_a_session_passes_by_the_shared_pages(sqlite: Installation) -> None:
    with sqlite.serving() as server:
        visitor = server.visitor()
        kari = visitor.signed_in_as("kari")
        place = visitor.open_consultation()
        for number in range(3):
            visitor.get(place)
            assert kari.comment(place, f"Straks synlig {number}").status == 303
            page = kari.get(place)
            assert f"Straks synlig {number}" in page.text, "she sees what she wrote at once"
            assert page.headers["cache-control"] == "private, no-store"
            assert "etag" not in page.headers
            assert "Kari B." in page.text
            assert 'action="/sign-out"' not in visitor.get(place).text, "her page came to a visitor"


def test_a_page_is_shared_by_address_host_and_language(shared: Server) -> None:
    visitor = shared.visitor()
    nb, nn, en = (visitor.get(path).text for path in ("/", "/nn/", "/en/"))
    assert 'lang="nb"' in nb and 'lang="nn"' in nn and 'lang="en"' in en
    alesund = Visitor(shared.port, "alesund.localhost").get("/").text
    assert "Ålesund" in alesund and "Ålesund" not in nb
