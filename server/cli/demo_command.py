"""`passage demo`: whole journeys over HTTP, each step with its timing, its result and where to look.

`passage demo` plays four that are answered at once, `passage demo pended` one that people decide.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import nullcontext
from typing import Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from server.cli.demo.ehr import answers, connected
from server.cli.demo.journey import Journey, Step, discover
from server.cli.demo.listener import listening
from server.cli.demo.local_server import local_server
from server.cli.demo.pended import PendedJourney
from server.cli.demo.record import Record, load_record
from server.cli.options import settings_of
from server.cli.screen import out
from server.cli.serve import origin_of
from server.clock import Clock, Ids, system_clock

JOURNEYS = ("approved", "pended", "not_required", "excluded")
"""The records, in the order they are played."""

PENDED = "referred"
"""The record of the journey that people decide."""

Url = Annotated[
    str | None, typer.Option(help="A running server; default: PASSAGE_HOST and PASSAGE_PORT.", show_default=False)
]


app = typer.Typer(invoke_without_command=True)


@app.callback()
def demo(context: typer.Context, url: Url = None) -> None:
    """Play four journeys as an EHR would. Without a running server a temporary one is started and stopped."""
    if context.invoked_subcommand is None:
        _play_at(url, play)


@app.command()
def pended(url: Url = None) -> None:
    """Play a request that people decide, with a client that listens for the result."""
    _play_at(url, play_pended)


def _play_at(url: str | None, played: Callable[[str, Console, Clock, Ids], Awaitable[int]]) -> None:
    settings = settings_of()
    screen = out()
    origin = (url or origin_of(settings)).rstrip("/")
    running = asyncio.run(answers(origin))
    if not running and url:
        screen.print(f"Nothing is ready at {origin}; start `passage serve` there, or leave --url out.", markup=False)
        raise typer.Exit(1)
    with nullcontext(origin) if running else local_server() as at:
        screen.print(f"Server: {at}", markup=False)
        if not running:
            _say(screen, 0, "It is the demo's own and ends with it; start `passage serve` first to look around after.")
        wrong = asyncio.run(_run(played, at, screen))
    screen.print()
    if wrong:
        screen.print(f"{wrong} journey(s) did not end as told.", style="bold red")
        raise typer.Exit(1)
    screen.print("Every journey ended as told.", style="bold green")


async def _run(played: Callable[[str, Console, Clock, Ids], Awaitable[int]], at: str, screen: Console) -> int:
    return await played(at, screen, system_clock, Ids())


async def play(origin: str, screen: Console, clock: Clock, ids: Ids) -> int:
    """Plays all journeys and prints them; gives how many did not end as told."""
    wrong = 0
    async with connected(origin) as ehr:
        discovered = await discover(ehr)
        screen.print()
        show_step(screen, "Discovery", discovered)
        if discovered.wrong:
            return len(JOURNEYS)
        for number, name in enumerate(JOURNEYS, start=1):
            record = load_record(name, clock().date())
            show_title(screen, number, record)
            wrong += await _play_one(screen, Journey(record, ehr, clock, ids).steps())
    return wrong


async def play_pended(origin: str, screen: Console, clock: Clock, ids: Ids) -> int:
    """Plays the pended journey and prints it; gives 1 when it did not end as told."""
    async with connected(origin) as ehr, listening(ids.new_id()) as listener:
        record = load_record(PENDED, clock().date())
        show_title(screen, 1, record)
        return int(await _play_one(screen, PendedJourney(record, ehr, listener, clock, ids).steps()))


async def _play_one(screen: Console, steps: AsyncIterator[Step]) -> bool:
    """Shows all steps; the journey itself ends, and tidies up, after one that is not as told."""
    position, wrong = 0, False
    async for step in steps:
        position += 1
        show_step(screen, f"Step {position}", step)
        wrong = bool(step.wrong)
    return wrong


def show_title(screen: Console, number: int, record: Record) -> None:
    """The heading of a journey."""
    order = record.order["codeCodeableConcept"]["coding"][0]
    member = record.one("Coverage")["subscriberId"]
    screen.print()
    _say(screen, 0, f"{number}. {record.title}", "bold")
    _say(screen, 3, f"Member {member}, HCPCS {order['code']}. {record.story}")


def show_step(screen: Console, name: str, step: Step) -> None:
    """One step: its call with status and time, what it says, where to look, what is not as told."""
    answered = step.answered
    _say(screen, 3, f"{name}: {step.what}", "cyan")
    _say(screen, 5, f"{answered.method} {answered.path} -> {answered.status} in {answered.milliseconds:.1f} ms")
    for line in step.says:
        _say(screen, 5, line)
    if step.look:
        screen.print(f"     look at {step.look}", markup=False, style="dim", soft_wrap=True)
    for line in step.wrong:
        _say(screen, 5, f"NOT AS TOLD  {line}", "bold red")


def _say(screen: Console, indent: int, text: str, style: str = "") -> None:
    """Prints the text so that its further lines stand under its first."""
    screen.print(Padding(Text(text, style=style), (0, 0, 0, indent), expand=False))
