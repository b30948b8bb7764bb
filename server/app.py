"""The composition root: settings -> adapters -> features -> one ASGI application. Only this place names adapters."""

import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI

from server.clock import Clock, Ids, system_clock
from server.settings import Settings
from server.web.application import assemble
from server.web.declare import FhirFeature


def create_app(settings: Settings, *, clock: Clock = system_clock, ids: Ids | None = None) -> FastAPI:
    """The application. The store opens and the content loads when it starts (ASGI lifespan)."""
    try:
        from server.content.watch import ContentHolder
    except ImportError:
        ContentHolder = _Unwatched
    from server.members.local import LocalMembers
    from server.rest.metadata import metadata
    from server.storage.connect import connect

    ids = ids or Ids()
    store = connect(settings.store_url.get_secret_value(), mongodb_driver=settings.mongodb_driver, clock=clock)
    holder = ContentHolder(settings.content_path, demo=settings.demo, reload_seconds=settings.reload_seconds)
    content = holder.current
    members = LocalMembers(store, content)
    parts: dict[str, Any] = {"store": store, "members": members, "content": content, "clock": clock, "ids": ids}
    features = [_feature(name, parts) for name in ("pas", "dtr")]
    features.append(_feature("rest", {"store": store, "content": content}))
    routers = [
        _router("crd", parts | {"base_url": settings.base_url, "deadline_seconds": settings.hook_deadline_seconds}),
        _router(
            "console",
            {"store": store, "content": content, "clock": clock, "demo": settings.demo, "base_url": settings.base_url},
        ),
    ]

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await holder.start()
        await store.start()
        try:
            if settings.demo:
                await _import_demo_members(settings, store, holder)
            yield
        finally:
            await holder.stop()
            await store.close()

    return assemble(
        version=version("passage"),
        features={"/fhir": features},
        metadata=metadata,
        routers=[router for router in routers if router],
        store=store,
        content=content,
        clock=clock,
        ids=ids,
        base_url=settings.base_url,
        max_body_bytes=settings.max_body_bytes,
        lifespan=lifespan,
    )


class _Unwatched:
    def __init__(self, root: Any, *, demo: bool, reload_seconds: float) -> None:
        self._root, self._demo = root, demo

    async def start(self) -> None:
        from server.content.load import load_content

        self._content = load_content(self._root, demo=self._demo)

    async def stop(self) -> None: ...

    def current(self) -> Any:
        return self._content


async def _import_demo_members(settings: Settings, store: Any, holder: Any) -> None:
    from server.members.imports import import_members

    for plan in holder.current().plans.values():
        path = settings.content_path / "plans" / plan.id / "members.ndjson"
        if plan.demo and path.exists():
            async for _ in import_members(store, lambda path=path: path.read_bytes().splitlines()):  # type: ignore[misc]
                pass


def _feature(name: str, parts: dict[str, Any]) -> FhirFeature:
    try:
        return importlib.import_module(f"server.{name}.feature").feature(**parts)  # type: ignore[no-any-return]
    except TypeError:
        return FhirFeature()


def _router(name: str, parts: dict[str, Any]) -> Any:
    try:
        return importlib.import_module(f"server.{name}.router").router(**parts)
    except TypeError:
        return None
