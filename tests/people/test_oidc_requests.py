"""A request is taken once, also when its way back arrives many times at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from participation import migrations
from participation.db import Database
from participation.municipalities.operations import Portrait, found_municipality
from participation.people.oidc import new_keys
from participation.people.requests import Journey, begin_request, take_request

PORTRAIT = Portrait(
    "lillevik", "Lillevik kommune", "Lillevik", ("nb",), "#1b5e8c", "lillevik", "Torget 1", "1", "a@b.example"
)


def test_sixteen_at_once_and_one_gets_it(empty_database: Callable[[str], str]) -> None:
    url = empty_database("requests")
    migrations.migrate(url)
    database = Database(url)
    town = database.write(lambda db: found_municipality(db, PORTRAIT, ["lillevik.localhost"]).id)
    journey = Journey("eid", "nb", None, "/")
    with ThreadPoolExecutor(16) as many:
        for _ in range(5):
            keys = new_keys()
            database.write(lambda db, keys=keys: begin_request(db, town, "browser", keys, journey))
            taken = list(
                many.map(
                    lambda _, state=keys.state: database.write(
                        lambda db: take_request(db, town, "eid", "browser", state)
                    ),
                    range(16),
                )
            )
            assert sum(one is not None for one in taken) == 1
    database.close()
