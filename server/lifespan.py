"""What runs as long as the application does: the store, the content, and the work that no request asks for."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI

from server.content.content import Content
from server.content.watch import ContentHolder
from server.errors import PassageError
from server.members.imports import Refused, import_members
from server.settings import Settings
from server.stopping import stop
from server.storage.port import Store

Background = Callable[[], Coroutine[Any, Any, None]]
"""Work that goes on until it is cancelled."""


def lifespan(
    settings: Settings, store: Store, holder: ContentHolder, background: Sequence[Background]
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Opens and loads at the start, closes at the end in the reverse order."""

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as opened:
            try:
                await holder.start()
                opened.push_async_callback(holder.stop)
                await store.start()
                opened.push_async_callback(store.close)
                if settings.demo:
                    await _import_demo_members(settings.content_path, store, holder.current())
            except PassageError as refused:
                structlog.get_logger("passage.start").error("can't start", reason=str(refused))
                app.state.refused = refused
                raise
            for work in background:
                await opened.enter_async_context(_running(work))
            yield

    return living


@asynccontextmanager
async def _running(work: Background) -> AsyncIterator[None]:
    task = asyncio.create_task(work())
    try:
        yield
    finally:
        await stop([task])
        with suppress(asyncio.CancelledError):
            await task


async def _import_demo_members(root: Path, store: Store, content: Content) -> None:
    """Members of demo plans are part of the content; importing them again changes nothing."""
    for plan in content.plans.values():
        path = root / "plans" / plan.id / "members.ndjson"
        if plan.demo and path.exists():
            async for result in import_members(store, _lines_of(path)):
                if isinstance(result, Refused):
                    structlog.get_logger("passage.members").warning("demo member refused", line=result.line)


def _lines_of(path: Path) -> Callable[[], Iterable[bytes]]:
    return lambda: path.read_bytes().splitlines()
