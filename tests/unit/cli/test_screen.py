"""Rows of words on terminals of any width: nothing is lost, and no word is broken that has room."""

import io
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType

from server.cli.screen import table

WORDS = st.text(alphabet="abcdefgh[]/.-", min_size=1, max_size=12)
CELLS = st.lists(WORDS, max_size=12).map(" ".join)


def shown(width: int, what: RenderableType) -> list[str]:
    """The lines on a terminal of a width."""
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(what)
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]


@given(st.lists(st.tuples(CELLS.filter(bool), CELLS, CELLS), min_size=1, max_size=4), st.integers(40, 200))
def test_every_word_is_whole_and_no_line_too_long(rows: list[tuple[str, ...]], width: int) -> None:
    lines = shown(width, table("A title", ("name", "what it does", "value"), rows))

    words = [word for line in lines for word in line.split()]
    wanted = [word for row in rows for cell in row for word in cell.split()]
    assert max(map(len, lines)) <= width
    assert Counter(wanted) - Counter(words) == Counter()


ROWS = [("one", "a sentence of eight words that goes on", "x"), ("two-of-them", "short", "")]


def test_a_wide_terminal_has_a_table() -> None:
    lines = [line.rstrip() for line in shown(70, table(None, ("name", "what it does", "value"), ROWS))]

    assert lines == [
        " name          what it does                             value",
        "──────────────────────────────────────────────────────────────",
        " one           a sentence of eight words that goes on   x",
        " two-of-them   short",
    ]


def test_a_narrower_one_has_a_table_whose_cells_have_several_lines() -> None:
    lines = [line.rstrip() for line in shown(49, table(None, ("name", "what it does", "value"), ROWS))]

    assert lines == [
        " name          what it does                value",
        "─────────────────────────────────────────────────",
        " one           a sentence of eight words   x",
        "               that goes on",
        " two-of-them   short",
    ]


def test_a_narrow_one_has_a_paragraph_for_each_row_and_leaves_out_what_is_empty() -> None:
    lines = [line.rstrip() for line in shown(26, table("Title", ("name", "what it does", "value"), ROWS))]

    assert lines == [
        "Title",
        "one",
        "  what it does: a sentence",
        "  of eight words that goes",
        "  on",
        "  value: x",
        "two-of-them",
        "  what it does: short",
    ]


def test_a_word_that_is_longer_than_the_line_goes_on_in_the_next() -> None:
    lines = [
        line.rstrip() for line in shown(20, table(None, ("id", "url"), [("1", "https://example.test/a/long/path")]))
    ]

    assert "".join(line.strip() for line in lines).endswith("https://example.test/a/long/path")
    assert max(map(len, lines)) <= 20


@pytest.mark.parametrize("width", [40, 80, 120])
def test_nothing_is_read_as_markup(width: int) -> None:
    lines = shown(width, table(None, ("name", "value"), [("[bold]a[/bold]", "[link=x]y")]))

    assert "[bold]a[/bold]" in "\n".join(lines)
    assert "[link=x]y" in "\n".join(lines)
