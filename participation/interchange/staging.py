"""What was read, waiting to be written: texts on disk, and in memory only how the rows hang together.

Rows are checked as they arrive; when all are there, each thread gets its order and its missing places. The order is
that of the dates, with what is answered before its answers whatever the dates say, so that ids given in this order
page a discussion as it happened.
"""

import pickle
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import cast

from participation.contributions.models import ContributionState as State
from participation.interchange.records import (
    NOWHERE,
    ImportedComment,
    ImportedConsultation,
    ImportedPhase,
    ImportedProposal,
    ImportedSection,
    Record,
    Refused,
    Remark,
    Where,
)
from participation.interchange.rules import refusal_of_comment, refusal_of_proposal
from participation.text import has_control_characters, without_control_characters

PLACEHOLDER = -1  # where in the file: nowhere, there is only the place


@dataclass
class _Node:
    """A comment without its words."""

    offset: int  # of the words in the file
    where: Where
    moment: datetime
    parent: str
    proposal: str
    section: int | None
    language: str


class Staging:
    """A process on its way in. Use it in a `with` block: the file of words is gone afterwards."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="participation-import-")  # noqa: SIM115 - closed in __exit__
        self._end = 0
        self.consultation: list[ImportedConsultation] = []
        self.phases: list[ImportedPhase] = []
        self.sections: list[ImportedSection] = []
        self._proposals: dict[str, list[tuple[int, str]]] = {}
        self._proposal_rows: dict[str, Where] = {}
        self._nodes: dict[str, _Node] = {}
        self.refused: list[Refused] = []
        self.remarks: list[str] = []
        self.notes: Counter[str] = Counter()

    def __enter__(self) -> "Staging":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def proposal_count(self) -> int:
        return len(self._proposals)

    @property
    def comment_count(self) -> int:
        return len(self._nodes)

    def take_in(self, records: Iterable[Record | Refused | Remark]) -> Iterator[int]:
        """Check and keep what a format reads; tells after each how many there have been."""
        for number, record in enumerate(records, 1):
            match record:
                case Refused():
                    self.refused.append(record)
                case Remark():
                    self.remarks.append(record.text)
                case ImportedComment():
                    self._take_comment(record)
                case ImportedProposal():
                    self._take_proposal(record)
                case ImportedConsultation():
                    self.consultation.append(record)
                case ImportedPhase():
                    self.phases.append(record)
                case ImportedSection():
                    self.sections.append(record)
            yield number

    def _take_comment(self, comment: ImportedComment) -> None:
        problem = refusal_of_comment(comment)
        if not problem and comment.id in self._nodes:
            problem = f"Row {self._nodes[comment.id].where.row} has this id already; that row is kept."
        if not problem and comment.id in self._proposals:
            problem = f"A proposal has this id already ({self._proposal_rows[comment.id]})."
        if problem:
            self._refuse(comment.where, comment.id, problem)
            return
        if comment.state is State.PUBLISHED and not comment.text:
            comment = replace(comment, state=State.WITHDRAWN)
            self.notes["had no text; their places are kept, so that answers still stand under them"] += 1
        if has_control_characters(comment.text + comment.author):
            self.notes["held signs that cannot be shown; a � stands for each"] += 1
            text, author = map(without_control_characters, (comment.text, comment.author))
            comment = replace(comment, text=text, author=author)
        self._nodes[comment.id] = _Node(
            self._keep(comment), comment.where, comment.written_at, comment.parent, comment.proposal,
            comment.section, comment.language,
        )  # fmt: skip

    def _take_proposal(self, proposal: ImportedProposal) -> None:
        problem = refusal_of_proposal(proposal)
        texts = self._proposals.get(proposal.id, [])
        if not problem and proposal.language in [language for _, language in texts]:
            problem = f"Row {self._proposal_rows[proposal.id].row} has this id already; that row is kept."
        if problem:
            self._refuse(proposal.where, proposal.id, problem)
            return
        title, body, place = map(without_control_characters, (proposal.title, proposal.body, proposal.place))
        proposal = replace(proposal, title=title, body=body, place=place)
        self._proposals.setdefault(proposal.id, []).append((self._keep(proposal), proposal.language))
        self._proposal_rows.setdefault(proposal.id, proposal.where)

    def _refuse(self, where: Where, what: str, why: str) -> None:
        self.refused.append(Refused(where, what[:60], why))

    def _keep(self, record: ImportedComment | ImportedProposal) -> int:
        offset = self._end
        self._end += self._file.write(pickle.dumps(record, pickle.HIGHEST_PROTOCOL))
        return offset

    def _read(self, offset: int) -> ImportedComment | ImportedProposal:
        self._file.seek(offset)
        record: ImportedComment | ImportedProposal = pickle.load(self._file)  # noqa: S301 - our own file, without a name
        return record

    # --- When all rows are there ------------------------------------------------------------------------------

    def proposals(self) -> Iterator[list[ImportedProposal]]:
        """Each proposal in its languages, in the order of the source."""
        for texts in self._proposals.values():
            yield [cast(ImportedProposal, self._read(offset)) for offset, _ in texts]

    def settle(self, known: frozenset[str] = frozenset()) -> None:
        """Give every comment a place: refuse circles, keep the places of what is missing, and name what that meant.

        `known` are the names of what an earlier import of the same process has brought already.
        """
        for name in known & self._nodes.keys():
            del self._nodes[name]
        for name in known & self._proposals.keys():
            del self._proposals[name]
        for circle in self._circles():
            for name in circle:
                node = self._nodes.pop(name)
                self._refuse(node.where, name, f"It answers itself in a circle: {' → '.join(circle[:6])}.")
        self._place_orphans(known)
        for node in self._nodes.values():
            if node.parent:
                continue
            if node.proposal and node.proposal not in self._proposals and node.proposal not in known:
                node.proposal = ""
                self.notes[
                    "are about a proposal that is not there; they stand among the general comments"
                ] += 1
            if node.section is not None and not self._has_section(node.section):
                node.section = None
                self.notes[
                    "are about a section that is not there; they stand among the general comments"
                ] += 1

    def _has_section(self, position: int) -> bool:
        return position == 0 or any(section.position == position for section in self.sections)

    def _circles(self) -> list[list[str]]:
        """Every ring of comments that answer one another; what merely hangs on a ring is not part of it."""
        found, done = [], set[str]()
        for start in self._nodes:
            path, name = dict[str, int](), start
            while name in self._nodes and name not in done and name not in path:
                path[name] = len(path)
                name = self._nodes[name].parent
            if name in path:
                found.append(list(path)[path[name] :])
            done.update(path)
        return found

    def _place_orphans(self, known: frozenset[str]) -> None:
        missing: dict[str, _Node] = {}
        for node in self._nodes.values():
            name = node.parent
            if not name or name in self._nodes or name in known:
                continue
            if name in self._proposals:  # said in another way: a comment about the proposal
                node.parent, node.proposal = "", name
                continue
            self.notes["answer something that is not there; the place of what they answer is kept"] += 1
            first = missing.get(name)
            moment = min(first.moment, node.moment) if first else node.moment
            missing[name] = replace(
                first or node, offset=PLACEHOLDER, where=NOWHERE, moment=moment, parent=""
            )
        self._nodes |= missing

    def comments(self) -> Iterator[ImportedComment]:
        """All comments in order, each after what it answers; the missing ones as empty places."""
        order = sorted(
            self._nodes, key=lambda name: (self._nodes[name].moment.astimezone(UTC), self._rank(name))
        )
        told = set[str]()
        for name in order:
            waiting = []
            above = name
            while above in self._nodes and above not in told:
                waiting.append(above)
                told.add(above)
                above = self._nodes[above].parent
            for one in reversed(waiting):
                yield self._comment(one)

    def _rank(self, name: str) -> int:
        """Among those of one moment: a missing place before its answers, then as in the source."""
        return self._nodes[name].where.row

    def _comment(self, name: str) -> ImportedComment:
        node = self._nodes[name]
        if node.offset == PLACEHOLDER:
            words = ImportedComment(node.where, name, node.moment, "", node.language, state=State.ERASED)
        else:
            words = cast(ImportedComment, self._read(node.offset))
        return replace(words, parent=node.parent, proposal=node.proposal, section=node.section)

    def span(self) -> tuple[datetime, datetime] | None:
        """The first and the last moment at which something was written."""
        moments = [node.moment for node in self._nodes.values()]
        moments += [moment for texts in self.proposals() if (moment := texts[0].written_at)]
        return (min(moments), max(moments)) if moments else None
