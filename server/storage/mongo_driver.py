"""The two asynchronous MongoDB drivers behind one small face: PyMongo's own, and motor for who still deploys it.

motor is at its end (critical fixes until 2027-05-14) and costs a thread hop for each call; the two differ only in
what is here. Every other file is written against what they share.
Spec page: https://www.mongodb.com/docs/languages/python/pymongo-driver/current/reference/migration/
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bson.errors import InvalidDocument
from pymongo import ReadPreference, WriteConcern
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError
from pymongo.monitoring import CommandListener
from pymongo.read_concern import ReadConcern
from pymongo.uri_parser import parse_uri

from server.errors import StoreUnavailable
from server.storage.port import DocumentTooLarge

Bson = dict[str, Any]
"""A MongoDB document, as the drivers give it."""

DATABASE = "passage"
"""The database of a URL that names none."""

_WRITE_TIMEOUT_MS = 10_000
_LIMITS_MS = {
    "serverSelectionTimeoutMS": 3_000,
    "connectTimeoutMS": 3_000,
    "waitQueueTimeoutMS": 5_000,
    "socketTimeoutMS": 15_000,
}
"""How long a call waits before the store counts as unavailable; a URL may say otherwise. Not `timeoutMS`: with it the
drivers go on selecting a server until all of that time is over."""

_CLIENTS = {"pymongo": ("pymongo", "AsyncMongoClient"), "motor": ("motor.motor_asyncio", "AsyncIOMotorClient")}


class MongoClient:
    """A connected database. Writes are acknowledged by a majority and journaled, reads see only such writes."""

    def __init__(self, client: Any, *, motor: bool) -> None:
        self._client = client
        self._motor = motor
        self.database: AsyncDatabase[Bson] = self._client.get_default_database(
            DATABASE,
            write_concern=WriteConcern("majority", wtimeout=_WRITE_TIMEOUT_MS, j=True),
            read_concern=ReadConcern("majority"),
            read_preference=ReadPreference.PRIMARY,
        )

    async def ping(self) -> None:
        """Asks the server for a sign of life."""
        await self._client.admin.command("ping")

    async def aggregate(self, collection: AsyncCollection[Bson], pipeline: Sequence[Mapping[str, Any]]) -> list[Bson]:
        """All results of the pipeline."""
        cursor: Any = collection.aggregate(list(pipeline))
        found: list[Bson] = await (cursor if self._motor else await cursor).to_list(None)
        return found

    async def close(self) -> None:
        """Closes the connections."""
        done = self._client.close()
        if not self._motor:
            await done


def connector(url: str, driver: str, listeners: Sequence[CommandListener] = ()) -> Callable[[], MongoClient]:
    """What makes a client of the URL on the running event loop; `listeners` hear of each command that it sends.

    Raises ImportError when the driver is not there, ValueError when the URL is not one.
    """
    module, name = _CLIENTS[driver]
    make = getattr(import_module(module), name)
    if url.lower().startswith("mongodb://"):  # a mongodb+srv:// URL can't be read without asking the name server
        try:
            parse_uri(url)
        except PyMongoError as error:
            raise ValueError(type(error).__name__) from None
    given = {key.lower() for key, _ in parse_qsl(urlsplit(url).query)}
    limits = {key: value for key, value in _LIMITS_MS.items() if key.lower() not in given}
    options = {"appname": "passage", "event_listeners": list(listeners), **limits}
    return lambda: MongoClient(make(url, **options), motor=driver == "motor")


@contextmanager
def reported() -> Iterator[None]:
    """Turns the driver's errors into the port's. Their texts may hold values or addresses: only the kind is told."""
    try:
        yield
    except PyMongoError as error:
        raise StoreUnavailable(f"The database can't be reached or refused a call ({type(error).__name__}).") from None
    except InvalidDocument:
        raise DocumentTooLarge("The document's keys and entries are more than MongoDB takes in one document.") from None
