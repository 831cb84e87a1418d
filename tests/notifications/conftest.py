"""A mailbox for every test of followers."""

import pytest
from sqlalchemy.orm import Session
from starlette.applications import Starlette

from tests.databases import OneConnection
from tests.notifications.ground import Mailbox, told_already


@pytest.fixture
def mailbox(app: Starlette, database: OneConnection, db: Session) -> Mailbox:
    told_already(db)
    return Mailbox(app, database)
