"""Broken files: whatever is wrong is said in a sentence, what can come in comes in, and nothing else is lost."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from participation.contributions.models import ContributionState as State
from participation.interchange.formats import json_rows
from participation.interchange.formats.tables import CELL_MAX, guarded, unguarded
from participation.interchange.records import Asked, FileRefused
from participation.interchange.rules import COMMENT_MAX
from participation.interchange.staging import Staging
from tests.interchange.conftest import ASKED, EXAMPLE, reasons

Staged = Callable[..., Staging]
HEAD = "id,parent,written_at,text\n"


def table(folder: Path, *rows: str, head: str = HEAD, encoding: str = "utf-8") -> Path:
    path = folder / "comments.csv"
    path.write_bytes((head + "\n".join(rows) + "\n").encode(encoding))
    return path


def comment(name: str, parent: str = "", day: int = 1, text: str = "Ja.") -> str:
    return f"{name},{parent},2019-06-{day:02},{text}"


class TestFiles:
    """What is wrong with a file as a whole refuses the whole."""

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "is empty"),
            (b"id,text\nc1,Ja\n", "lacks the column written_at. It has: id, text"),
            (b"id,written_at,text,text\n", "names a column twice: text"),
            (HEAD.encode() + b"c1,,2019-06-01,\xe5pent\n", "line 2 has the byte 0xE5 (byte 42"),
            (("\ufeff" + HEAD).encode("utf-16-le"), "not UTF-8 but UTF-16. Add --encoding utf-16"),
            (b"PK\x03\x04zip", "Unpack it first"),
            (HEAD.encode() + b'c1,,2019-06-01,"never closed\nc2,,2019-06-02,Ja\n', "row 2 (line 2)"),
        ],
    )
    def test_is_told_in_a_sentence(self, tmp_path: Path, staged: Staged, content: bytes, words: str) -> None:
        (tmp_path / "comments.csv").write_bytes(content)
        with pytest.raises(FileRefused) as refused:
            staged("csv", tmp_path)
        assert words in str(refused.value) and str(refused.value).endswith(".")

    def test_cut_off_gzip(self, tmp_path: Path, staged: Staged) -> None:
        packed = gzip.compress((HEAD + "\n".join(comment(f"c{n}") for n in range(99))).encode())
        (tmp_path / "comments.csv.gz").write_bytes(packed[:-20])
        with pytest.raises(FileRefused, match="damaged"):
            staged("csv", tmp_path)

    def test_nothing_there(self, tmp_path: Path, staged: Staged) -> None:
        for form in ("csv", "decide-madrid"):
            with pytest.raises(FileRefused, match="nothing at"):
                staged(form, tmp_path / "gone")
            with pytest.raises(FileRefused, match="holds no"):
                staged(form, tmp_path)

    def test_mark_at_the_beginning_and_named_encodings(self, tmp_path: Path, staged: Staged) -> None:
        for written, named in (("utf-8-sig", ""), ("latin-1", "latin-1"), ("utf-16", "utf-16")):
            path = table(tmp_path, comment("c1", text="Åpent vann"), encoding=written)
            asked = Asked(encoding=named, now=ASKED.now)
            assert [one.text for one in staged("csv", path, asked).comments()] == ["Åpent vann"]
        with pytest.raises(FileRefused, match="No encoding is called"):
            staged("csv", path, Asked(encoding="klingon", now=ASKED.now))

    @pytest.mark.parametrize(
        ("document", "words"),
        [
            ("", "expected"),
            ("[]", "expected"),
            ('{"format": "another", "comments": []}', "does not begin with"),
            ('{"format": "participation", "version": 9}', "has version 9"),
            ('{"format": "participation", "comments": [{"id": "c1"', "ends in the middle"),
            ('{"format": "participation", "comments": [{"id": nothing}]}', "not valid JSON"),
            ('{"format": "participation"} and more', "goes on after its end"),
        ],
    )
    def test_broken_documents(self, tmp_path: Path, staged: Staged, document: str, words: str) -> None:
        (tmp_path / "a.json").write_text(document)
        with pytest.raises(FileRefused, match=words):
            staged("json", tmp_path / "a.json")


class TestRows:
    """What is wrong with a row refuses the row, with its place and its reason."""

    def test_each_is_named_and_the_rest_comes_in(self, tmp_path: Path, staged: Staged) -> None:
        staging = staged(
            "csv",
            table(
                tmp_path,
                comment("good"),
                "short,2019-06-01,Ja",
                "long,,2019-06-01,Ja,og,mer",
                "undated,,,Ja",
                "odd,,31.06.2019,Ja",
                "coming,,2099-01-01,Ja",
                comment("good", text="en gang til"),
                comment("own", parent="own"),
                f'huge,,2019-06-01,"{"x" * 10_000_000}"',
                f"wordy,,2019-06-01,{'x' * (COMMENT_MAX + 1)}",
                'quoted,,2019-06-01,"en "to" tre"',
                comment("", text="uten id"),
                comment("last"),
            ),
        )
        assert [one.id for one in staging.comments()] == ["good", "last"]
        why = reasons(staging.refused)
        assert len(staging.refused) == 11
        assert "3 cells, but the table has 4 columns" in why["short"]
        assert "6 cells" in why["long"]
        assert why["undated"] == "written_at is empty."
        assert "is no date" in why["odd"] and "in the future" in why["coming"]
        assert why["good"] == "Row 2 has this id already; that row is kept."
        assert why["own"] == "It answers itself."
        assert f"10,000,000 characters; the limit is {CELL_MAX:,}" in why["huge"]
        assert "20,001 characters" in why["wordy"]
        assert [one.where.row for one in staging.refused] == [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]

    def test_nul_and_other_signs_are_shown_as_such(self, tmp_path: Path, staged: Staged) -> None:
        staging = staged("csv", table(tmp_path, comment("c1", text="a\0b\x1b[31m")))
        assert [one.text for one in staging.comments()] == ["a�b�[31m"]
        assert sum(staging.notes.values()) == 1

    def test_a_document_goes_on_after_a_row_that_is_too_long(
        self, tmp_path: Path, staged: Staged, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(json_rows, "ELEMENT_MAX", 500)
        monkeypatch.setattr(json_rows, "CHUNK", 7)  # so that every sign is once at an edge
        rows = [
            {"id": name, "written_at": "2019-06-01", "text": text}
            for name, text in (("a", 'x \\ "{[å\n'), ("b", "x" * 600), ("c", "]},\U0001f600"))
        ]
        document = {
            "format": "participation",
            "version": 1,
            "comments": [*rows, 7, {"id": "d"}, {"id": ["e"]}],
        }
        (tmp_path / "a.json").write_text(json.dumps(document, indent=1))
        staging = staged("json", tmp_path / "a.json")
        assert [one.text for one in staging.comments()] == ['x \\ "{[å', "]},\U0001f600"]
        assert [one.where.row for one in staging.refused] == [2, 4, 5, 6]


class TestThreads:
    """Every comment has a place, and its answers stay with it."""

    def test_missing_parents_leave_their_place(self, tmp_path: Path, staged: Staged) -> None:
        staging = staged(
            "csv", table(tmp_path, comment("a", "gone", 5), comment("b", "gone", 4), comment("c", "a", 6))
        )
        assert [(one.id, one.parent, one.state) for one in staging.comments()] == [
            ("gone", "", State.ERASED),
            ("b", "gone", State.PUBLISHED),
            ("a", "gone", State.PUBLISHED),
            ("c", "a", State.PUBLISHED),
        ]

    def test_a_circle_is_refused_and_what_hangs_on_it_stays(self, tmp_path: Path, staged: Staged) -> None:
        rows = (comment("a", "c"), comment("b", "a"), comment("c", "b"), comment("d", "b"), comment("e", "d"))
        staging = staged("csv", table(tmp_path, *rows))
        assert [(one.id, one.parent) for one in staging.comments()] == [("b", ""), ("d", "b"), ("e", "d")]
        assert {one.what for one in staging.refused} == {"a", "b", "c"}
        assert all("in a circle" in one.why for one in staging.refused)

    def test_what_is_answered_comes_first_whatever_the_dates_say(
        self, tmp_path: Path, staged: Staged
    ) -> None:
        rows = (comment("late", day=9), comment("early", "late", 2), comment("middle", day=5))
        staging = staged("csv", table(tmp_path, *rows))
        assert [one.id for one in staging.comments()] == ["late", "early", "middle"]

    def test_ten_thousand_deep(self, tmp_path: Path, staged: Staged) -> None:
        rows = [comment(f"c{n}", f"c{n + 1}") for n in range(10_000)]
        order = [one.id for one in staged("csv", table(tmp_path, *rows)).comments()]
        assert order == [f"c{n}" for n in range(10_000, -1, -1)]

    def test_empty_texts_keep_their_place(self, staged: Staged) -> None:
        states = {one.id: one.state for one in staged("csv", EXAMPLE).comments()}
        assert states["c5"] == State.WITHDRAWN and states["borte"] == State.ERASED
        assert len(states) == 10 and list(states.values()).count(State.PUBLISHED) == 8


@pytest.mark.parametrize("cell", ["=1+1", "+47", "-1", "@me", "\tx", "\rx", "'quoted'", "'=", "plain", ""])
def test_no_cell_is_a_formula_and_each_comes_back(cell: str) -> None:
    assert guarded(cell)[:1] not in ("=", "+", "-", "@", "\t", "\r")
    assert unguarded(guarded(cell)) == cell
