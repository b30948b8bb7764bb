"""`passage demo`: four whole journeys over HTTP, each step with its timing, its result and where to look."""

import asyncio
from contextlib import nullcontext
from typing import Annotated

import typer
from rich.console import Console

from server.cli.demo.ehr import answers, connected
from server.cli.demo.journey import Journey, Step
from server.cli.demo.local_server import local_server
from server.cli.demo.record import Record, load_record
from server.cli.options import settings_of
from server.cli.screen import out
from server.clock import Clock, Ids, system_clock

JOURNEYS = ("approved", "pended", "not_required", "excluded")
"""The records, in the order they are played."""

Url = Annotated[
    str | None, typer.Option(help="A running server; default: PASSAGE_HOST and PASSAGE_PORT.", show_default=False)
]


def demo(url: Url = None) -> None:
    """Play four journeys as an EHR would. Without a running server a temporary one is started and stopped."""
    settings = settings_of()
    screen = out()
    origin = (url or settings.base_url or f"http://{settings.host}:{settings.port}").rstrip("/")
    running = asyncio.run(answers(origin))
    if not running and url:
        screen.print(f"Nothing is ready at {origin}; start `passage serve` there, or leave --url out.", markup=False)
        raise typer.Exit(1)
    with nullcontext(origin) if running else local_server(settings) as at:
        screen.print(f"Server: {at}{'' if running else ' (temporary, with a store of its own)'}", markup=False)
        wrong = asyncio.run(play(at, screen, system_clock, Ids()))
    screen.print()
    if wrong:
        screen.print(f"{wrong} journey(s) did not end as told.", style="bold red")
        raise typer.Exit(1)
    screen.print("Every journey ended as told.", style="bold green")


async def play(origin: str, screen: Console, clock: Clock, ids: Ids) -> int:
    """Plays all journeys and prints them; gives how many did not end as told."""
    wrong = 0
    async with connected(origin) as ehr:
        for number, name in enumerate(JOURNEYS, start=1):
            record = load_record(name, clock().date())
            show_title(screen, number, record)
            taken = [step async for step in Journey(record, ehr, clock, ids).steps()]
            for position, step in enumerate(taken, start=1):
                show_step(screen, position, step)
            if not any(step.wrong for step in taken) and record.expected.answer is None:
                screen.print("  Nothing to request: the journey ends here.")
            wrong += any(step.wrong for step in taken)
    return wrong


def show_title(screen: Console, number: int, record: Record) -> None:
    """The heading of a journey."""
    screen.print()
    screen.print(f"{number}. {record.title}", style="bold", markup=False)
    order = record.order["codeCodeableConcept"]["coding"][0]
    member = record.one("Coverage")["subscriberId"]
    screen.print(f"  Member {member}, HCPCS {order['code']}. {record.story}", markup=False)


def show_step(screen: Console, position: int, step: Step) -> None:
    """One step: its call with status and time, what it says, where to look, what is not as told."""
    answered = step.answered
    screen.print(f"  {position}) {step.what}", style="cyan", markup=False)
    screen.print(
        f"     {answered.method} {answered.path}  ->  {answered.status} in {answered.milliseconds:.1f} ms", markup=False
    )
    for line in step.says:
        screen.print(f"     {line}", markup=False)
    if step.look:
        screen.print(f"     look at {step.look}", markup=False, style="dim", soft_wrap=True)
    for line in step.wrong:
        screen.print(f"     NOT AS TOLD  {line}", markup=False, style="bold red")
