"""A server of the demo's own, in this process, for when none is running: a free port and a store that goes with it."""

import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn
from pydantic import SecretStr

from server.errors import PassageError
from server.settings import Settings

_PATIENCE_SECONDS = 30


class DemoServerFailed(PassageError):
    """The demo's own server did not start."""


@contextmanager
def local_server(settings: Settings) -> Iterator[str]:
    """The origin of a server with the demo content, stopped and forgotten at the end."""
    with TemporaryDirectory(prefix="passage-demo-") as folder, socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = _server(settings, Path(folder))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="demo-server")
        thread.start()
        try:
            _wait(server, thread)
            yield origin
        finally:
            server.should_exit = True
            thread.join()


def _server(settings: Settings, folder: Path) -> uvicorn.Server:
    from server.app import create_app
    from server.web.logs import configure_logs

    configure_logs("console", "error", sys.stderr)
    own = settings.model_copy(
        update={
            "store_url": SecretStr(f"sqlite:///{folder / 'demo.db'}"),
            "demo": True,
            "base_url": None,
            "reload_seconds": 0.0,
        }
    )
    return uvicorn.Server(uvicorn.Config(create_app(own), log_config=None, access_log=False, lifespan="on"))


def _wait(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise DemoServerFailed("The demo's own server did not start; `passage serve` shows why.")
        time.sleep(0.02)
