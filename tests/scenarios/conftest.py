"""The whole application, in process, over HTTP: SQLite in a folder of its own, a fixed clock, ids that repeat."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from server.app import create_app
from server.clock import Ids
from server.profiles import Profiles, profiles_of
from server.settings import Settings, content_root
from server.storage.connect import connect
from server.storage.port import Store
from tests.builders.subscriptions import Listener, MovingClock, a_listener

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)

FHIR_JSON = {"Content-Type": "application/fhir+json"}

MakeClient = Callable[..., Awaitable[httpx2.AsyncClient]]


def repeatable_ids() -> Ids:
    """Ids and numbers that count from one."""
    numbers = count(1)
    return Ids(
        new_id=lambda: str(UUID(int=next(numbers))),
        number=lambda prefix: f"{prefix}{next(numbers):012d}",
    )


@pytest.fixture
def app_settings(tmp_path: Path) -> Settings:
    """The settings of the application under test."""
    # A loaded machine is no technical trouble of ours: tests of the deadline set their own.
    # Every answer of every test is held against its profiles: one that breaks them is a failure.
    return Settings(
        store_url=f"sqlite:///{tmp_path}/passage.db", reload_seconds=0, hook_deadline_seconds=60, self_check="raise"
    )


@pytest.fixture(scope="session")
def profiles() -> Profiles:
    """The shipped profiles, compiled once for all tests of a process."""
    return profiles_of(content_root() / "profiles")


@pytest.fixture
async def make_client(app_settings: Settings, profiles: Profiles) -> AsyncIterator[MakeClient]:
    """Starts an application with the given settings and gives a client of it; stops it after the test.

    `clock` and `ids` may be given too. Clients of one test share the store unless `store_url` says otherwise.
    """
    async with AsyncExitStack() as stack:

        async def make(**changes: Any) -> httpx2.AsyncClient:
            clock = changes.pop("clock", lambda: NOW)
            ids = changes.pop("ids", None) or repeatable_ids()
            given = Settings(**{**app_settings.model_dump(), **changes})
            app = create_app(given, clock=clock, ids=ids, profiles=profiles)
            await stack.enter_async_context(app.router.lifespan_context(app))
            transport = httpx2.ASGITransport(app=app)
            client = httpx2.AsyncClient(transport=transport, base_url="http://passage.test")
            return await stack.enter_async_context(client)

        yield make


@pytest.fixture
def clock() -> MovingClock:
    """A time that a test moves."""
    return MovingClock()


@pytest.fixture
async def store(tmp_path: Path, clock: MovingClock) -> AsyncIterator[Store]:
    """A started store, without an application."""
    store = connect(f"sqlite:///{tmp_path}/passage.db", mongodb_driver="pymongo", clock=clock)
    await store.start()
    yield store
    await store.close()


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    """An endpoint that notifications are sent to."""
    async with a_listener() as listening:
        yield listening


@pytest.fixture
def stored(app_settings: Settings) -> Callable[[], dict[str, int]]:
    """Counts the rows of every table of the test's SQLite file: what is equal before and after stored nothing.

    Records of calls are left out: they are written some time after the answer, for refused calls too.
    """
    path = app_settings.store_url.get_secret_value().removeprefix("sqlite:///")

    def rows() -> dict[str, int]:
        with closing(sqlite3.connect(path)) as database:
            database.execute("BEGIN")  # One view for all counts: a record may be written between two of them.
            tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            metrics = database.execute("SELECT count(*) FROM document WHERE kind = 'metric'").fetchone()[0]
            counts = {table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}
            return {**counts, "document": counts["document"] - metrics}

    return rows


@pytest.fixture
async def client(make_client: MakeClient) -> httpx2.AsyncClient:
    """A client of the application with the demo content."""
    return await make_client()
