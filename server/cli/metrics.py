"""`passage metrics export`: the records of PAS calls as NDJSON, one PASMetricData a line."""

import asyncio
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from server.cli.opened import opened
from server.cli.options import StoreUrl, settings_of
from server.fhir import json
from server.metrics.export import records

app = typer.Typer(help="The records of PAS calls that the guide's measures are made from.", no_args_is_help=True)

From = Annotated[datetime | None, typer.Option("--from", help="Calls that came from this instant on (UTC).")]
To = Annotated[datetime | None, typer.Option("--to", help="Calls that came before this instant (UTC).")]


@app.callback()
def metrics() -> None:
    """The records of PAS calls that the guide's measures are made from."""


@app.command()
def export(store: StoreUrl = None, start: From = None, end: To = None) -> None:
    """Write the records to the standard output as NDJSON."""
    settings = settings_of(store_url=store)

    async def run() -> None:
        async with opened(settings) as kept:
            async for record in records(kept, _utc(start), _utc(end)):
                sys.stdout.buffer.write(json.write(record) + b"\n")

    asyncio.run(run())


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
