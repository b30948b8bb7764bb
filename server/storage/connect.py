"""The store that a URL names: the only place besides `app.py` that knows the adapters."""

from pathlib import Path
from urllib.parse import unquote

from server.clock import Clock
from server.storage.port import Store
from server.storage.sqlite import SqliteStore

_FORMS = (
    "sqlite:///relative/path.db, sqlite:////absolute/path.db, mongodb://host/database or mongodb+srv://host/database"
)


class StoreUrlRefused(ValueError):
    """The URL names no store. The message never holds the URL, as it may carry a password."""


def connect(url: str, *, mongodb_driver: str, clock: Clock) -> Store:
    """The store of the URL, not yet started. Raises StoreUrlRefused."""
    scheme, found, rest = url.partition("://")
    match scheme.lower():
        case "sqlite" if found:
            return SqliteStore(_sqlite_path(rest), clock=clock)
        case "mongodb" | "mongodb+srv" if found:
            return _mongo(url, mongodb_driver, clock)
    raise StoreUrlRefused(f"The store URL begins with none of the schemes that Passage knows. Write {_FORMS}.")


def _mongo(url: str, driver: str, clock: Clock) -> Store:
    try:
        # Here and not above: the drivers are extras, and the embedded store must start without them.
        from server.storage.mongo import MongoStore
        from server.storage.mongo_driver import connector

        return MongoStore(connector(url, driver), clock=clock)
    except ImportError:
        extra = "mongo" if driver == "pymongo" else "motor"
        raise StoreUrlRefused(
            f"A mongodb:// store needs the driver {driver}, which is not installed. Run: pip install 'passage[{extra}]'"
        ) from None
    except ValueError:
        raise StoreUrlRefused(
            "The store URL is no MongoDB connection string. Write mongodb://host:port/database, with user and password "
            "percent-encoded where they hold characters such as @, : or /."
        ) from None


def _sqlite_path(rest: str) -> Path:
    host, slash, path = rest.partition("/")
    name = unquote(path)
    if host or not slash or not name or name.endswith("/") or "\x00" in name:
        raise StoreUrlRefused(
            "A SQLite store URL has three slashes and a file: sqlite:///relative/path.db or sqlite:////absolute/path.db."
        )
    return Path(name)
