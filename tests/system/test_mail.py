"""Letters through a real mail server: once each, in the reader's language, and never about what is gone.

The main road runs two worker processes. What takes patience (retries, leases) runs rounds of the worker in this
process on the same database, and moves `due_at` instead of waiting.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest

from participation import clock
from participation.app import make_site
from participation.db import Database
from participation.mail import sender
from participation.notifications.operations import announce_closings
from participation.notifications.send import PostOffice
from participation.outbox import MAX_ATTEMPTS
from participation.paths import STATIC
from participation.settings import from_environment
from participation.web.static import StaticAssets
from participation.worker import Worker
from tests.system.conftest import BOTH
from tests.system.post import Keeper, html_of, links_in, mail_server, text_of
from tests.system.product import Installation, Server, eventually, free_port
from tests.system.visitor import Visitor, code_in

KARI, TOR = "kari@example.org", "tor@example.org"
DONE = "SELECT count(*) FROM deliveries WHERE task_state = 'done'"
LATER = "UPDATE {} SET due_at = '2020-01-01 00:00:00.000000' WHERE task_state = 'ready'"


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


@pytest.fixture
def quiet(installation: Installation) -> Installation:
    """The demo's own news of the seeding is told already, no answer is owed, and Tor reads nynorsk."""
    installation.execute("UPDATE events SET task_state = 'done'")
    installation.execute("UPDATE consultations SET answer_by = NULL")
    installation.execute("UPDATE people SET language = 'nn' WHERE email = :tor", tor=TOR)
    return installation


@pytest.fixture
def served(quiet: Installation) -> Iterator[Server]:
    with quiet.serving() as server:
        yield server


def worker_of(installation: Installation, smtp_url: str) -> Worker:
    """A worker in this process, as `participation worker` puts it together."""
    settings = from_environment(
        {**installation.surroundings(), "SMTP_URL": smtp_url, "MAIL_FROM": "town@example.org"}
    )
    database = Database(settings.database_url)
    site = make_site(settings, database, StaticAssets(STATIC))
    return Worker(database, PostOffice(sender(settings), site.renderer, settings))


def rounds(worker: Worker) -> None:
    """Work until nothing is due."""
    while worker.work_once():
        pass


def close(*workers: Worker) -> None:
    for worker in workers:
        assert isinstance(worker.database, Database)
        worker.database.close()


def told(server: Server) -> tuple[Visitor, Visitor, str, str]:
    """Tor comments, Kari answers him: one letter to Tor is due."""
    tor, kari = server.visitor().signed_in_as("tor"), server.visitor().signed_in_as("kari")
    question = code_in(tor.comment(tor.open_consultation(), "Hvor skal båtene ligge?").location)
    answer = kari.post(f"/comments/{question}/reply", {"body": "Ved den nye brygga."})
    return tor, kari, question, code_in(answer.location)


def assert_is_letter_to(server: Server, mail: EmailMessage, reader: str, language: str) -> None:
    """Headers, both parts, and links that lead somewhere."""
    assert mail["To"] == reader
    assert "@" in mail["From"] and mail["Subject"] and mail["Message-ID"] and mail["Date"]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == language
    assert f'lang="{language}"' in html_of(mail)
    assert len(text_of(mail)) > 40
    links = links_in(mail)
    assert links
    for link in links:
        parts = urlsplit(link)
        assert parts.hostname == "halden.localhost"
        visitor = Visitor(server.port)
        page = visitor.get(parts.path + (f"?{parts.query}" if parts.query else ""))
        assert page.status == 200, (link, page.status)


@pytest.mark.parametrize("installation", BOTH, indirect=True)
def test_two_workers_send_each_letter_once(served: Server, quiet: Installation, keeper: Keeper) -> None:
    _, _, _, reply = told(served)
    henrik = served.visitor().signed_in_as("henrik")
    decision = {"rule": "1", "facts": "Det er ikke saklig nok."}
    port = str(served.port)
    with (
        mail_server(keeper, free_port()) as smtp,
        quiet.working(SMTP_URL=smtp, PORT=port),
        quiet.working(SMTP_URL=smtp, PORT=port),
    ):
        assert eventually(lambda: quiet.value(DONE) == 1)
        for number, act in enumerate(("hiding", "restoration"), 2):
            assert henrik.post(f"/moderation/{reply}/{act}", decision).status == 303
            assert quiet.value("SELECT count(*) FROM events WHERE task_state = 'ready'") == 1, (
                "it can be undone"
            )
            quiet.execute(LATER.format("events"))
            assert eventually(lambda number=number: quiet.value(DONE) == number)
        assert eventually(lambda: quiet.value(DONE) == 3)
        time.sleep(2.5)  # longer than a worker rests: whatever would be sent twice is sent by now
    assert len(keeper.envelopes) == 3
    [to_tor] = keeper.mails_to(TOR)
    assert_is_letter_to(served, to_tor, TOR, "nn")
    assert "Ved den nye brygga." in text_of(to_tor)
    hidden, restored = keeper.mails_to(KARI)
    for mail in (hidden, restored):
        assert_is_letter_to(served, mail, KARI, "nb")
        assert "Det er ikke saklig nok." in text_of(mail)
    assert len({mail["Message-ID"] for _, mail in keeper.envelopes}) == 3


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_a_mail_server_that_is_down_delays_and_loses_nothing(
    served: Server, quiet: Installation, keeper: Keeper
) -> None:
    told(served)
    port = free_port()
    worker = worker_of(quiet, f"smtp://127.0.0.1:{port}")
    for attempt in (1, 2, 3):
        rounds(worker)
        assert quiet.value("SELECT attempts FROM deliveries") == attempt
        assert quiet.value("SELECT task_state FROM deliveries") == "ready"
        assert KARI not in str(quiet.value("SELECT last_error FROM deliveries"))
        quiet.execute(LATER.format("deliveries"))
    with mail_server(keeper, port):
        rounds(worker)
    close(worker)
    assert len(keeper.mails_to(TOR)) == 1
    assert quiet.value("SELECT task_state FROM deliveries") == "done"


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_a_refused_address_is_given_up_at_once_and_holds_up_nobody(
    served: Server, quiet: Installation, keeper: Keeper
) -> None:
    told(served)
    keeper.refused.add(TOR)
    with mail_server(keeper, free_port()) as smtp:
        worker = worker_of(quiet, smtp)
        for _ in range(3):
            rounds(worker)
            quiet.execute(LATER.format("deliveries"))
        assert quiet.value("SELECT task_state FROM deliveries") == "dead"
        assert keeper.asked == 1
        assert quiet.value("SELECT refusals FROM refused_addresses") == 1
        keeper.refused.clear()
        told(served)
        rounds(worker)
        close(worker)
    assert len(keeper.mails_to(TOR)) == 1, "the next letter to the same person goes its own way"
    assert quiet.value("SELECT count(*) FROM refused_addresses") == 0, "what arrives starts the count anew"


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_a_server_that_is_busy_is_tried_until_patience_ends(
    served: Server, quiet: Installation, keeper: Keeper
) -> None:
    told(served)
    keeper.busy.add(TOR)
    with mail_server(keeper, free_port()) as smtp:
        worker = worker_of(quiet, smtp)
        for _ in range(MAX_ATTEMPTS + 2):
            rounds(worker)
            quiet.execute(LATER.format("deliveries"))
        close(worker)
    assert quiet.value("SELECT task_state FROM deliveries") == "dead"
    assert keeper.asked == MAX_ATTEMPTS
    assert quiet.value("SELECT count(*) FROM refused_addresses") == 0


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_an_address_follows_hears_and_stops_in_one_click(
    served: Server, quiet: Installation, keeper: Keeper
) -> None:
    visitor, new = served.visitor(), "ny@example.org"
    case = visitor.open_consultation()
    code = case.split("/")[2]
    asked = visitor.post(f"/consultations/{code}/following/address", {"email": "Ny@Example.org"})
    assert asked.status == 303
    with mail_server(keeper, free_port()) as smtp:
        worker = worker_of(quiet, smtp)
        rounds(worker)
        [confirm] = keeper.mails_to(new)
        assert confirm["List-Unsubscribe"] is None
        assert_is_letter_to(served, confirm, new, "nb")
        link = urlsplit(links_in(confirm)[0]).path
        assert Visitor(served.port).post(link).status == 303, "on another device, without any cookie"
        # As if the deadline were near.
        consultation = quiet.value("SELECT consultation_id FROM subscriptions WHERE email IS NOT NULL")
        soon = datetime.now(UTC) + timedelta(days=2)
        quiet.execute(
            "UPDATE phases SET closes = :soon WHERE commenting <> 'nobody' AND consultation_id = :it",
            soon=f"{soon:%Y-%m-%d %H:%M:%S}.000000",
            it=consultation,
        )
        assert worker.database.write(lambda db: announce_closings(db, clock.now())) >= 1
        rounds(worker)
        letter = keeper.mails_to(new)[-1]
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert_is_letter_to(served, letter, new, "nb")
        stop = urlsplit(str(letter["List-Unsubscribe"]).strip("<> ")).path
        answer = Visitor(served.port).post(
            stop, {"List-Unsubscribe": "One-Click"}, Origin="https://mail.example"
        )
        assert answer.status == 200
        close(worker)
    assert quiet.value("SELECT count(*) FROM subscriptions WHERE email IS NOT NULL") == 0


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_a_worker_that_died_is_relieved_after_its_lease(
    served: Server, quiet: Installation, keeper: Keeper
) -> None:
    told(served)
    blocked = free_port()  # nobody answers there, as when the machine died while connecting
    with mail_server(keeper, free_port()) as smtp:
        first, second = worker_of(quiet, f"smtp://127.0.0.1:{blocked}"), worker_of(quiet, smtp)
        first.office = PostOffice(_die, first.office.renderer, first.office.settings)
        with pytest.raises(Death):
            rounds(first)
        rounds(second)
        assert not keeper.envelopes, "the lease still runs"
        quiet.execute(LATER.format("deliveries"))
        rounds(second)
        close(first, second)
    assert len(keeper.mails_to(TOR)) == 1
    assert quiet.value("SELECT task_state FROM deliveries") == "done"


class Death(BaseException):
    """The worker's process ends here."""


def _die(_letter: object) -> None:
    raise Death


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_nothing_is_told_of_what_is_gone_by_then(served: Server, quiet: Installation, keeper: Keeper) -> None:
    _, kari, _, hidden = told(served)
    _, kari, _, withdrawn = told(served)
    henrik = served.visitor().signed_in_as("henrik")
    assert henrik.post(f"/moderation/{hidden}/hiding", {"rule": "1", "facts": "Usaklig."}).status == 303
    assert kari.post(f"/comments/{withdrawn}/withdrawal").status == 303
    quiet.execute(LATER.format("events"))  # the decision can no longer be undone
    with mail_server(keeper, free_port()) as smtp:
        worker = worker_of(quiet, smtp)
        rounds(worker)
        close(worker)
    assert not keeper.mails_to(TOR)
    assert len(keeper.mails_to(KARI)) == 1, "she is told that hers was removed"
    assert quiet.value("SELECT count(*) FROM deliveries WHERE task_state <> 'done'") == 0


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_an_act_that_was_rolled_back_is_told_to_nobody(
    served: Server, quiet: Installation, keeper: Keeper
) -> None:
    _, kari, question, _ = told(served)
    quiet.execute("UPDATE events SET task_state = 'done'")
    assert kari.post(f"/comments/{question}/reply", {"body": ""}).status == 422
    # The count of the section refuses half-way: the decision is written by then, and must be undone with the rest.
    events = quiet.value("SELECT count(*) FROM events")
    quiet.execute("UPDATE sections SET published_comments = 0")
    henrik = served.visitor().signed_in_as("henrik")
    assert henrik.post(f"/moderation/{question}/hiding", {"rule": "1", "facts": "Usaklig."}).status == 500
    assert quiet.value("SELECT count(*) FROM events") == events
    with mail_server(keeper, free_port()) as smtp:
        worker = worker_of(quiet, smtp)
        rounds(worker)
        close(worker)
    assert not keeper.envelopes
