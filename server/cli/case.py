"""`passage case …`: what was decided, read from the store, and the commands of reviewers."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from server.cli import case_review
from server.cli.case_view import case_row, shown_case
from server.cli.opened import opened
from server.cli.options import StoreUrl, settings_of
from server.cli.screen import out, problems, table, write_json
from server.storage.port import Document, Store

app = typer.Typer(help="The cases: authorization requests and what was decided.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON.")]
COLUMNS = ("case", "received (UTC)", "result", "number")
T = TypeVar("T")

app.command("work")(case_review.work)
app.command("claim")(case_review.claim)
app.command("release")(case_review.release)
app.command("decide")(case_review.decide)


@app.command("list")
def list_cases(
    store: StoreUrl = None,
    state: Annotated[str | None, typer.Option(help="determined, pended, cancelled or error.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the newest cases."""
    keys = [f"state:{state}"] if state else []

    async def read(kept: Store) -> tuple[Document, ...]:
        return (await kept.find("case", keys, limit=limit, newest_first=True)).documents

    cases = _with_store(store, read)
    if as_json:
        write_json([each.body for each in cases])
    elif cases:
        out().print(table(None, COLUMNS, [case_row(each.body) for each in cases]))
    else:
        out().print("No cases yet. `passage demo` makes four.")


@app.command("show")
def show_case(
    case: Annotated[str, typer.Argument(help="The id of the case.")], store: StoreUrl = None, as_json: AsJson = False
) -> None:
    """Show one case with the explanation of every item."""

    async def read(kept: Store) -> Document | None:
        return await kept.get("case", case)

    found = _with_store(store, read)
    if found is None:
        problems().print("There is no case with this id; `passage case list` names the newest.")
        raise typer.Exit(1)
    if as_json:
        write_json(found.body)
    else:
        for part in shown_case(found.body):
            out().print(part)


def _with_store(store_url: str | None, read: Callable[[Store], Awaitable[T]]) -> T:
    settings = settings_of(store_url=store_url)

    async def run() -> T:
        async with opened(settings) as found:
            return await read(found)

    return asyncio.run(run())
