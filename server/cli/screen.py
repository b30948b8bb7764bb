"""Where commands write: results to standard output, problems to standard error, both readable without colour."""

from collections.abc import Iterable, Sequence

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from server.fhir import json
from server.fhir.json import Json


def out() -> Console:
    """The console of results. Made when it is used, so that a redirected output is honoured."""
    return Console(highlight=False)


def problems() -> Console:
    """The console of problems and progress."""
    return Console(stderr=True, highlight=False)


def table(title: str | None, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A table whose cells are plain text, never markup. The first column is not folded: ids are copied from it."""
    made = Table(title=title, title_justify="left", header_style="bold", box=SIMPLE_HEAD, show_edge=False)
    for position, column in enumerate(columns):
        made.add_column(column, overflow="fold", no_wrap=position == 0)
    for row in rows:
        made.add_row(*(cell.replace("[", r"\[") for cell in row))
    return made


def write_json(value: Json) -> None:
    """Writes one line of JSON to standard output, as it is: no wrapping, no colour."""
    typer.echo(json.write(value))
