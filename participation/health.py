"""Health addresses for whoever watches the installation; answered for any host, without a session."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from participation import clock
from participation.db import Transactions
from participation.migrations import is_at_head
from participation.worker import Heartbeat

WORKER_SILENT = timedelta(minutes=5)


def health_routes(database: Transactions) -> list[Route]:
    """`/healthz`: the process answers. `/readyz`: database, migrations and worker are as they should be."""

    async def healthz(_request: Request) -> Response:
        return _plain("ok", 200)

    async def readyz(_request: Request) -> Response:
        try:
            problems = await database.read_soon(_problems)
        except SQLAlchemyError:
            problems = ["the database does not answer"]
        return _plain("; ".join(problems) or "ready", 503 if problems else 200)

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


def _problems(db: Session) -> list[str]:
    found = []
    if not is_at_head(db.connection()):
        found.append("migrations are missing: run `participation migrate`")
    beat = db.scalar(select(Heartbeat.beat_at).where(Heartbeat.name == "worker"))
    if beat is None or clock.now() - beat > WORKER_SILENT:
        found.append("no worker has been seen")
    return found


def _plain(text: str, status: int) -> Response:
    return PlainTextResponse(text, status, headers={"Cache-Control": "no-store"})
