"""The SQLite writer: one thread, one connection, one commit for everybody who waits (ADR 3).

Threads that each hold a connection quarrel about SQLite's lock. One writer that takes all that waits, gives each unit
of work its own savepoint and commits once, is an order of magnitude faster and just as durable: nobody gets an answer
before the commit that holds their change is on disk.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from participation import clock

T = TypeVar("T")

GROUP_LIMIT = (
    64  # units in one commit: enough to share the disk's time, few enough that the first does not wait
)


@dataclass
class _Unit:
    work: Callable[[Session], Any]
    promise: Future[Any] = field(default_factory=Future)
    answer: Any = None
    error: BaseException | None = None


class GroupCommitWriter:
    """Runs units of work one after the other and commits them in groups."""

    def __init__(
        self, engine: Engine, attempt: Callable[[Connection, Callable[[Session], Any]], Any]
    ) -> None:
        self._engine = engine
        self._attempt = attempt
        self._waiting: queue.SimpleQueue[_Unit | None] = queue.SimpleQueue()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def submit(self, work: Callable[[Session], T]) -> Future[T]:
        """Queue the work. The future is done after its commit, or holds the work's or the commit's exception."""
        unit = _Unit(work)
        with self._guard:
            if self._is_closed:
                raise RuntimeError("the writer is closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
                self._thread.start()
            self._waiting.put(unit)
        return unit.promise

    def close(self) -> None:
        """Commit what is queued and end the thread."""
        with self._guard:
            self._is_closed = True
            thread = self._thread
            self._waiting.put(None)
        if thread:
            thread.join()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            group, is_last = self._group_from(first)
            self._commit(group)
            if is_last:
                return

    def _group_from(self, first: _Unit) -> tuple[list[_Unit], bool]:
        """The first unit and all that wait behind it; no timer, so a lone write is never delayed."""
        group = [first]
        while len(group) < GROUP_LIMIT:
            try:
                unit = self._waiting.get_nowait()
            except queue.Empty:
                break
            if unit is None:
                return group, True
            group.append(unit)
        return group, False

    def _commit(self, group: list[_Unit]) -> None:
        try:
            with self._engine.connect() as connection, connection.begin():
                for unit in group:
                    self._perform(connection, unit)
        except BaseException as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            for unit in group:
                unit.promise.set_exception(error)
            return
        for unit in group:
            if unit.error is not None:
                unit.promise.set_exception(unit.error)
            else:
                unit.promise.set_result(unit.answer)

    def _perform(self, connection: Connection, unit: _Unit) -> None:
        """One unit's failure rolls back its own savepoint and leaves its neighbours alone."""
        try:
            with clock.standing_still():
                unit.answer = self._attempt(connection, unit.work)
        except Exception as error:  # noqa: BLE001 - handed to the one who asked
            unit.error = error
