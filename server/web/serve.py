"""Runs one server process until SIGTERM or Ctrl-C, and ends it cleanly: what was acknowledged is finished first.

Spec page: https://www.uvicorn.org/deployment/
"""

import gc
import signal
import socket
import sys

import structlog
import uvicorn
from fastapi import FastAPI

from server.app import create_app
from server.errors import PassageError
from server.settings import Settings
from server.web.logs import configure_logs

_STARTUP_FAILED = 1
_KEEP_ALIVE_SECONDS = 30
_COLLECTED = (10_000, 20, 20)
"""When the garbage collector looks: a request makes thousands of objects and next to no cycle, and one in twenty
milliseconds of it was spent on looking.
"""
_SWITCH_SECONDS = 0.0005
"""How long a thread may keep the interpreter while another waits: the store's thread got it after five milliseconds,
and a commit under load took twice as long for the same processor time.
"""


def run(settings: Settings) -> None:
    """Serves until it is told to stop.

    Raises the PassageError that kept the application from starting, and SystemExit(1) for what else did, such as a port
    that is taken; the log says it too.
    """
    configure_logs(settings.log_format, settings.log_level)
    sys.setswitchinterval(_SWITCH_SECONDS)
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="auto",
        http="httptools",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )
    # After its orderly end the server raises the signal again for the handler that stood before: that end is no fault.
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.signal(signal.SIGINT, lambda *_: None)
    server = _Server(config)
    try:
        server.run()
    except SystemExit as ended:
        _raise_what_kept(app)
        raise SystemExit(_STARTUP_FAILED if ended.code else 0) from None
    _raise_what_kept(app)
    if not server.started:
        raise SystemExit(_STARTUP_FAILED)


def _raise_what_kept(app: FastAPI) -> None:
    refused = getattr(app.state, "refused", None)
    if isinstance(refused, PassageError):
        raise refused


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts, says where it listens, and takes what was loaded out of the garbage collector's sight.

        Content lives as long as the process; walking through it in each full collection is what made the slowest
        requests slow (p99 of a parse from 48 to 13 ms with 200 MB loaded).
        """
        await super().startup(sockets)
        if not self.started:
            return
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_COLLECTED)
        for listener in (each for server in self.servers for each in server.sockets):
            host, port = listener.getsockname()[:2]
            structlog.get_logger("passage.serve").info("listening", host=host, port=port)
