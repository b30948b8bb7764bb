"""The stores that the contract runs on: SQLite always, MongoDB with both drivers where a server can be had."""

import gc
import os
import warnings
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest

from server.storage.port import Store
from tests.contract.nursery import Nursery, a_nursery
from tests.contract.places import MongoServer, Place, a_database_of, drop_database, leaves_sockets
from tests.shared import shared_or_none


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Collects the sockets that a test may leave, once its event loop is gone, so that no other test is blamed."""
    done = yield
    if leaves_sockets.mark in item.iter_markers(leaves_sockets.name):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
    return done


def mongodb_tool() -> Path:
    """The folder of the tool that runs a server of MongoDB's protocol. Skips the test, aloud, where it can't run."""
    folder = shared_or_none()
    tool = folder / "tools" / "mongodb" if folder else None
    if tool is None or not (tool / "start").exists() or os.geteuid() != 0:
        pytest.skip("mongodb: no server here; set PASSAGE_TEST_MONGODB_URL to one whose databases test_... may be made")
    return tool


@pytest.fixture(scope="session")
def mongodb_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A MongoDB server: the one that PASSAGE_TEST_MONGODB_URL names, or one of this test process."""
    if named := os.environ.get("PASSAGE_TEST_MONGODB_URL"):
        yield named
        return
    server = MongoServer(mongodb_tool(), tmp_path_factory.mktemp("mongodb"))
    yield server.url
    server.wipe()


@pytest.fixture
def mongodb_server(tmp_path: Path) -> Iterator[MongoServer]:
    """A MongoDB server of this test alone, which may kill it."""
    server = MongoServer(mongodb_tool(), tmp_path / "mongodb")
    yield server
    server.wipe()


@pytest.fixture(params=["sqlite", "mongodb-pymongo", "mongodb-motor"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    """An empty place for stores, on each adapter in turn."""
    if request.param == "sqlite":
        place = Place(f"sqlite:///{tmp_path}/passage.db")
    else:
        driver = request.param.removeprefix("mongodb-")
        pytest.importorskip("motor" if driver == "motor" else "pymongo", reason="mongodb: the driver is not installed")
        place = Place(a_database_of(request.getfixturevalue("mongodb_url")), driver)
    yield place
    await place.close()
    if request.param != "sqlite":
        drop_database(place.url)


@pytest.fixture
async def store(place: Place) -> Store:
    """A started store in an empty place."""
    return await place.open()


@pytest.fixture
async def nursery() -> AsyncIterator[Nursery]:
    """Where processes are born that the test kills."""
    async with a_nursery() as nursery:
        yield nursery
