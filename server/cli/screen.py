"""Where commands write: results to standard output, problems to standard error, both readable without colour."""

from collections.abc import Iterable, Iterator, Sequence

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderableType
from rich.measure import measure_renderables
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from server.fhir import json
from server.fhir.json import Json

_MOST_LINES = 5
"""Lines of one cell: a taller one is read more easily as a paragraph."""
_ENDLESS = 1_000_000
"""The width of a line on which every cell is written whole."""
_BESIDE_A_COLUMN = 3
"""What a column takes besides its text: a blank on either side, and the gap to the next one."""


def out() -> Console:
    """The console of results. Made when it is used, so that a redirected output is honoured."""
    return Console(highlight=False)


def problems() -> Console:
    """The console of problems and progress."""
    return Console(stderr=True, highlight=False)


class Rows:
    """Rows of plain text, never markup: a table where it has room for whole words, else a paragraph for each row.

    Words are not broken, as ids and addresses are copied from them, but for one that is longer than the line.
    """

    def __init__(self, title: str | None, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        self._title = title
        self._columns = tuple(columns)
        self._rows = [tuple(row) for row in rows]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """What fits the console."""
        widths = self._widths(console, options)
        if widths is not None:
            yield self._table(widths)
        else:
            yield from self._paragraphs()

    def _widths(self, console: Console, options: ConsoleOptions) -> list[int] | None:
        """The width of each column in a table that fits the console; None when it can't hold whole words well."""
        columns = [[Text(cell) for cell in cells] for cells in zip(self._columns, *self._rows, strict=True)]
        endless = options.update(max_width=_ENDLESS)
        measured = [measure_renderables(console, endless, cells) for cells in columns]
        least = [each.minimum for each in measured]
        least[0] = measured[0].maximum  # what a row is named by stays in one line
        room = options.max_width - _BESIDE_A_COLUMN * len(columns) + 1
        widths = _shared(least, [each.maximum for each in measured], room)
        if widths is None:
            return None
        pairs = zip(columns, widths, strict=True)
        tall = (len(cell.wrap(console, width)) for cells, width in pairs for cell in cells)
        return widths if max(tall) <= _MOST_LINES else None

    def _table(self, widths: Sequence[int]) -> Table:
        made = Table(title=self._title, title_justify="left", header_style="bold", box=SIMPLE_HEAD, show_edge=False)
        for column, width in zip(self._columns, widths, strict=True):
            made.add_column(column, width=width)
        for row in self._rows:
            made.add_row(*map(Text, row))
        return made

    def _paragraphs(self) -> Iterator[RenderableType]:
        if self._title:
            yield Text(self._title, style="italic")
        for row in self._rows:
            yield Text(row[0], style="bold")
            for column, cell in zip(self._columns[1:], row[1:], strict=True):
                if cell:
                    yield Padding(Text(f"{column}: {cell}"), (0, 0, 0, 2), expand=False)


def table(title: str | None, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Rows:
    """Rows under the names of their columns; the first cell is what a row is named by."""
    return Rows(title, columns, rows)


def write_json(value: Json) -> None:
    """Writes one line of JSON to standard output, as it is: no wrapping, no colour."""
    typer.echo(json.write(value))


def _shared(least: Sequence[int], most: Sequence[int], room: int) -> list[int] | None:
    """A width between least and most for each column, the room shared out by what each lacks; None without room."""
    left = room - sum(least)
    lacking = [high - low for low, high in zip(least, most, strict=True)]
    if left < 0:
        return None
    if left >= sum(lacking):
        return list(most)
    return [low + left * lack // sum(lacking) for low, lack in zip(least, lacking, strict=True)]
