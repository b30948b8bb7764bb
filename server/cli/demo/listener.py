"""The pretend EHR's listener: where a Subscription's notifications arrive, on a free port of this machine.

Spec page: https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/notifications.html
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from server.fhir import json
from server.fhir.json import Json

_HOST = "127.0.0.1"
_PATH = "/notifications"


class Listener:
    """Takes notifications that carry the token, and keeps them in the order of their arrival."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.endpoint = ""
        self._arrived: asyncio.Queue[Json] = asyncio.Queue()

    async def next(self, seconds: float) -> Json | None:
        """The next notification; None when none comes in the time."""
        try:
            async with asyncio.timeout(seconds):
                return await self._arrived.get()
        except TimeoutError:
            return None

    async def take(self, request: web.Request) -> web.Response:
        """Answers one notification."""
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.Response(status=401)
        try:
            await self._arrived.put(json.read(await request.read()))
        except json.JsonRefused:
            return web.Response(status=400)
        return web.Response(status=200)


@asynccontextmanager
async def listening(token: str) -> AsyncIterator[Listener]:
    """A listener on a free port, closed at the end."""
    listener = Listener(token)
    app = web.Application(client_max_size=10_000_000)
    app.router.add_post(_PATH, listener.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, _HOST, 0)
        await site.start()
        _, port = runner.addresses[0][:2]
        listener.endpoint = f"http://{_HOST}:{port}{_PATH}"
        yield listener
    finally:
        await runner.cleanup()
