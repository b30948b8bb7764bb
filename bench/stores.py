"""The stores to measure on: an SQLite file of its own, and a MongoDB server where there is one."""

import os
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit


def sqlite_url(folder: Path) -> str:
    """The URL of a new database in the folder."""
    return f"sqlite:///{folder.resolve() / f'{uuid.uuid4().hex}.db'}"


@contextmanager
def mongodb_urls(folder: Path) -> Iterator[Callable[[], str] | None]:
    """What gives URLs of new databases on a MongoDB server; None where there is none.

    PASSAGE_TEST_MONGODB_URL names a server; else one is started where its tool lies beside the repository.
    """
    if named := os.environ.get("PASSAGE_TEST_MONGODB_URL"):
        yield partial(_database, named)
        return
    shared = os.environ.get("PASSAGE_SHARED")
    tool = (Path(shared) if shared else Path(__file__).resolve().parents[2] / "shared") / "tools" / "mongodb"
    if not (tool / "start").is_file() or os.getuid() != 0:
        yield None
        return
    started = subprocess.run(
        [tool / "start", "--port", "0", "--data", str(folder / "mongodb")], capture_output=True, text=True, check=True
    )
    url = started.stdout.strip().splitlines()[-1]
    try:
        yield partial(_database, url)
    finally:
        subprocess.run([tool / "stop", "--port", str(urlsplit(url).port), "--wipe"], capture_output=True, check=False)


def _database(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(path=f"/bench_{uuid.uuid4().hex[:12]}").geturl()
