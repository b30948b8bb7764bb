"""Places where a store can be: an empty one for each test, opened as often as the test likes.

The contract tests know only this and the port, so that they run unchanged on every adapter.
"""

import subprocess
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from pymongo import MongoClient

from server.clock import Clock
from server.storage.connect import connect
from server.storage.port import Document, Entry, Store

leaves_sockets = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
"""For tests of a server that refuses connections: the drivers leave such sockets to the garbage collector, which warns
of them. `conftest.py` collects them before the next test."""

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@dataclass
class Place:
    """One database, named by its URL."""

    url: str
    driver: str = "pymongo"
    now: datetime = NOW
    opened: list[Store] = field(default_factory=list)

    def clock(self) -> datetime:
        """The time that the place's stores go by; a test moves it with `pass_time`."""
        return self.now

    def pass_time(self, time: timedelta) -> None:
        """Moves the stores' clock."""
        self.now += time

    def connect(self, clock: Clock | None = None) -> Store:
        """A store on this place, not started; it is closed when the test ends."""
        store = connect(self.url, mongodb_driver=self.driver, clock=clock or self.clock)
        self.opened.append(store)
        return store

    async def open(self) -> Store:
        """A started store on this place."""
        store = self.connect()
        await store.start()
        return store

    async def close(self) -> None:
        """Closes every store of the place."""
        for store in self.opened:
            await store.close()


class MongoServer:
    """A server of MongoDB's protocol with a data folder of its own, run by the tool in the shared folder."""

    def __init__(self, tool: Path, data: Path) -> None:
        self._tool = tool
        self._data = data
        self.url = self._start("0")

    def _start(self, port: str) -> str:
        command = [self._tool / "start", "--port", port, "--data", self._data]
        for _ in range(3):  # between choosing a free port and taking it, another process may be faster
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                return done.stdout.strip().splitlines()[-1]
        raise RuntimeError(f"the MongoDB tool does not start: {done.stderr[-2000:]}")

    @property
    def port(self) -> str:
        """The port that it listens on."""
        return str(urlsplit(self.url).port)

    def kill(self) -> None:
        """SIGKILL to every process of the server."""
        subprocess.run([self._tool / "stop", "--port", self.port, "--kill"], check=True, capture_output=True)

    def start_again(self) -> None:
        """The same server on the same data."""
        self._start(self.port)

    def wipe(self) -> None:
        """Stops the server and removes its data."""
        subprocess.run([self._tool / "stop", "--port", self.port, "--wipe"], check=True, capture_output=True)


def a_database_of(server_url: str) -> str:
    """The URL of a database that no other test uses."""
    return urlunsplit(urlsplit(server_url)._replace(path=f"/test_{uuid.uuid4().hex}"))


def drop_database(url: str) -> None:
    """Removes the database that the URL names."""
    with MongoClient[dict[str, object]](url, serverSelectionTimeoutMS=3000) as client:
        client.drop_database(urlsplit(url).path.strip("/"))


def a_document(id: str = "1", **changes: object) -> Document:
    """A case without keys; the test states what matters."""
    values: dict[str, object] = {"kind": "case", "body": {"id": id}, "order": "2026-11-20T15:00:00.000Z"}
    return Document(id=id, **{**values, **changes})  # type: ignore[arg-type]


def an_entry(id: str, *terms: str, updated: str = "2026-11-20T15:00:00.000Z", **changes: object) -> Entry:
    """A Claim that is the first entry of a payload."""
    values: dict[str, object] = {"type": "Claim", "digest": "0" * 64, "position": 0}
    return Entry(id=id, updated=updated, terms=frozenset(terms), **{**values, **changes})  # type: ignore[arg-type]
