"""`passage members import`: a member file into the store, with a report line for every resource that is refused."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from server.cli.opened import opened
from server.cli.options import StoreUrl, existing_file, settings_of
from server.cli.screen import out, problems, table
from server.members.imports import Change, Refused, import_members
from server.settings import Settings

app = typer.Typer(help="Who is a member, with which coverage.", no_args_is_help=True)

NdjsonFile = Annotated[Path, typer.Argument(callback=existing_file, help="NDJSON: one resource a line.")]


@app.callback()
def members() -> None:
    """Who is a member, with which coverage."""


@app.command("import")
def import_file(file: NdjsonFile, store: StoreUrl = None) -> None:
    """Import Patient, Coverage and Organization resources. Exit code 1 when any line was refused."""
    counts: Counter[tuple[str, Change]] = Counter()
    refused = asyncio.run(_import(file, settings_of(store_url=store), counts))
    types = sorted({type for type, _ in counts})
    rows = [(type, *(str(counts[type, change]) for change in Change)) for type in types]
    out().print(table("Imported", ("resource", *(change.value for change in Change)), rows))
    if refused:
        out().print(f"{refused} line(s) refused; the reasons are above. Everything else is in the store.")
        raise typer.Exit(1)


async def _import(file: Path, settings: Settings, counts: Counter[tuple[str, Change]]) -> int:
    refused = 0
    async with opened(settings) as store:
        with _progress() as progress:
            task = progress.add_task("reading", total=2 * file.stat().st_size)

            def lines() -> Iterator[bytes]:
                with file.open("rb") as read:
                    for line in read:
                        yield line
                        progress.advance(task, len(line))

            async for result in import_members(store, lines):
                if isinstance(result, Refused):
                    refused += 1
                    progress.console.print(f"line {result.line}: {result.reason}", markup=False, soft_wrap=True)
                else:
                    counts[result.type, result.change] += 1
    return refused


def _progress() -> Progress:
    """Shown on a terminal; the file is read twice, so both readings count."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=problems(),
        transient=True,
    )
