"""The composition root: settings -> adapters -> features -> one ASGI application. Only this place names adapters."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path

import structlog
from fastapi import FastAPI

import server.console.router
import server.crd.router
import server.dtr.feature
import server.pas.feature
import server.rest.feature
from server.clock import Clock, Ids, system_clock
from server.content.content import Content, CurrentContent
from server.content.watch import ContentHolder
from server.errors import PassageError
from server.fhir.validation.validate import open_validator
from server.members.imports import Refused, import_members
from server.members.local import LocalMembers
from server.rest.metadata import metadata
from server.rest.validate_operation import validate_feature
from server.settings import Settings, content_root
from server.storage.connect import connect
from server.storage.port import Store
from server.storage.sweep import keep_sweeping
from server.web.application import assemble
from server.web.declare import FhirFeature


def create_app(settings: Settings, *, clock: Clock = system_clock, ids: Ids | None = None) -> FastAPI:
    """The application. The store opens and the content loads when it starts (ASGI lifespan)."""
    ids = ids or Ids()
    store = connect(settings.store_url.get_secret_value(), mongodb_driver=settings.mongodb_driver, clock=clock)
    holder = ContentHolder(
        settings.content_path, demo=settings.demo, reload_seconds=settings.reload_seconds, changed=_tell_of_content
    )
    content = holder.current
    members = LocalMembers(store, content)
    hooks = server.crd.router.router(
        store=store,
        members=members,
        content=content,
        clock=clock,
        ids=ids,
        base_url=settings.base_url,
        deadline_seconds=settings.hook_deadline_seconds,
    )
    pages = server.console.router.router(
        store=store, content=content, clock=clock, demo=settings.demo, base_url=settings.base_url
    )
    return assemble(
        version=version("passage"),
        features={
            "/fhir": (
                *_features(store, members, content, clock, ids),
                validate_feature(cache(partial(open_validator, _profiles(settings)))),
            )
        },
        metadata=metadata,
        routers=[hooks, pages],
        store=store,
        content=content,
        clock=clock,
        ids=ids,
        base_url=settings.base_url,
        max_body_bytes=settings.max_body_bytes,
        lifespan=_lifespan(settings, store, holder, clock),
    )


def _profiles(settings: Settings) -> Path:
    """The profiles of the content, or those that are shipped where the content has none of its own."""
    own = settings.content_path / "profiles"
    return own if own.is_dir() else content_root() / "profiles"


def _features(
    store: Store, members: LocalMembers, content: CurrentContent, clock: Clock, ids: Ids
) -> tuple[FhirFeature, ...]:
    """What is served on the base of the current generation of the guides."""
    return (
        server.pas.feature.feature(store=store, members=members, content=content, clock=clock, ids=ids),
        server.dtr.feature.feature(store=store, members=members, content=content, clock=clock, ids=ids),
        server.rest.feature.feature(store=store, content=content),
    )


def _lifespan(
    settings: Settings, store: Store, holder: ContentHolder, clock: Clock
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Opens and loads at the start, closes at the end in the reverse order."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
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
            if settings.sweep_seconds:
                await opened.enter_async_context(_in_background(store, clock, settings.sweep_seconds))
            yield

    return lifespan


@asynccontextmanager
async def _in_background(store: Store, clock: Clock, sweep_seconds: float) -> AsyncIterator[None]:
    task = asyncio.create_task(keep_sweeping(store, clock, sweep_seconds))
    try:
        yield
    finally:
        task.cancel()
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


def _tell_of_content(content: Content) -> None:
    log = structlog.get_logger("passage.content")
    if content.problems:
        log.error("an edit of the content is not in force", findings=list(content.problems))
    else:
        log.info("changed content is in force", plans=len(content.plans))
