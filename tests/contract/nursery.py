"""Real processes for crash tests, born ready: a process that has imported everything forks one for each round.

Starting a server takes a second and a half, and nearly all of that is imports; a crash test kills some seventy of
them. What is born here is a process like any other: it opens its store, serves or writes, and dies by SIGKILL.

Run as `python -m tests.contract.nursery`; each line of its standard input is what the next one does, as JSON.
"""

import asyncio
import json
import os
import signal
import sys
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
_BORN, _DIED = "pid of the born", "exit of the born"


@dataclass
class Nursery:
    """The process that forks, as a test sees it."""

    process: asyncio.subprocess.Process

    async def bear(self, *work: str) -> "Born":
        """A new process that does the work: `serve STORE` or `write STORE DRIVER PREFIX`."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(work).encode() + b"\n")
        await self.process.stdin.drain()
        born = Born(self.process)
        await born.until(lambda _: bool(born.pid))
        return born


@dataclass
class Born:
    """One process that lives until it is killed."""

    nursery: asyncio.subprocess.Process
    pid: int = 0
    exit: int | None = None
    lines: list[str] = field(default_factory=list)
    """What it said, line by line."""
    killed: bool = False

    async def until(self, said: Callable[[str], bool]) -> str:
        """The line for which it is true, which it says now or later; fails when it dies before."""
        assert self.nursery.stdout is not None
        while self.exit is None:
            line = (await self.nursery.stdout.readline()).decode()
            assert line, "the nursery has ended"
            self._hear(line)
            if said(line):
                return line
        raise AssertionError("it died: " + "".join(self.lines[-20:]))

    def kill(self) -> None:
        """SIGKILL, once."""
        if not self.killed:
            self.killed = True
            os.kill(self.pid, signal.SIGKILL)

    async def dead(self) -> None:
        """Hears what it said until its end."""
        if self.exit is None:
            await self.until(lambda _: self.exit is not None)

    def _hear(self, line: str) -> None:
        if line.startswith("{") and _BORN in line:
            self.pid = json.loads(line)[_BORN]
        elif line.startswith("{") and _DIED in line:
            self.exit = json.loads(line)[_DIED]
        else:
            self.lines.append(line)


@asynccontextmanager
async def a_nursery() -> AsyncIterator[Nursery]:
    """The process that forks, for as long as the test lasts."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.contract.nursery"),
        cwd=REPOSITORY,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=2**24,
    )
    try:
        yield Nursery(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.communicate()


@asynccontextmanager
async def a_server(nursery: Nursery, store_url: str) -> AsyncIterator[tuple[Born, str]]:
    """The real server in a process of its own, and its address. It is killed at the end in any case."""
    server = await nursery.bear("serve", store_url)
    listening: asyncio.Task[None] | None = None
    try:
        line = next((each for each in server.lines if '"listening"' in each), None)
        line = line or await server.until(lambda each: '"listening"' in each)
        listening = asyncio.create_task(server.dead())  # so that its log never fills the pipe
        yield server, f"http://127.0.0.1:{json.loads(line)['port']}"
    finally:
        if server.exit is None:
            server.kill()
        await (listening or server.dead())


def _live(work: list[str]) -> None:
    """What the born process does."""
    from server.settings import Settings
    from server.web.serve import run
    from tests.contract.crash_writer import write

    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    match work:
        case ["serve", store]:
            run(Settings(store_url=store, port=0, log_format="json", log_level="info"))  # type: ignore[arg-type]
        case ["write", url, driver, prefix]:
            asyncio.run(write(url, driver, prefix))


def _main() -> None:
    """Forks one process after another, and tells when each is born and dead."""
    import server.web.serve  # noqa: F401  before the forks, which is the point
    import tests.contract.crash_writer  # noqa: F401

    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                _live(json.loads(line))
            except BaseException:  # noqa: BLE001  told, and nothing of the nursery may run on in the born
                os.write(1, traceback.format_exc().encode())
            os._exit(1)
        os.write(1, json.dumps({_BORN: pid}).encode() + b"\n")
        status = os.waitpid(pid, 0)[1]
        os.write(1, json.dumps({_DIED: os.waitstatus_to_exitcode(status)}).encode() + b"\n")


if __name__ == "__main__":
    _main()
