"""The composition root: settings -> adapters -> features -> one ASGI application. Only this place names adapters."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

import structlog
from fastapi import APIRouter, FastAPI

import server.attachments.feature
import server.console.router
import server.crd.router
import server.dtr.feature
import server.metrics.router
import server.pas.feature
import server.rest.feature
import server.review.router
from server.bases import bases, gates_of
from server.cases.case import Generation
from server.clock import Clock, Ids, system_clock
from server.content.content import Content, CurrentContent
from server.content.watch import ContentHolder
from server.crd.hooks.registry import HOOKS
from server.lifespan import Background, lifespan
from server.members.local import LocalMembers
from server.members.port import Members
from server.metrics.recorder import Recorder
from server.pas.answering import PasAnswering
from server.pas.redecide import PasRedeciding
from server.profiles import Profiles, profiles_of
from server.rest.metadata import metadata
from server.review.overdue import keep_marking
from server.settings import Settings, content_root
from server.storage.connect import connect
from server.storage.port import Store
from server.storage.sweep import keep_sweeping
from server.web.application import assemble, check_enforcement
from server.web.declare import FhirFeature
from server.web.enforcement import read_enforcement
from server.web.held import HoldParts
from server.web.hook_gate import HookGate
from server.web.metrics import Metrics
from server.web.told import Told


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the features are made of."""

    settings: Settings
    store: Store
    members: Members
    content: CurrentContent
    clock: Clock
    ids: Ids


def create_app(
    settings: Settings, *, clock: Clock = system_clock, ids: Ids | None = None, profiles: Profiles | None = None
) -> FastAPI:
    """The application. The store opens and the content loads when it starts (ASGI lifespan).

    `profiles` may be shared by several applications. Raises SettingRefused for a setting that names what is not here.
    """
    profiles = profiles or profiles_of(_profiles_folder(settings))
    metrics = Metrics(version("passage"))
    store = connect(settings.store_url.get_secret_value(), mongodb_driver=settings.mongodb_driver, clock=clock)
    holder = ContentHolder(
        settings.content_path, demo=settings.demo, reload_seconds=settings.reload_seconds, changed=_tell_of_content
    )
    members = LocalMembers(store, holder.current)
    parts = _Parts(settings, store, members, holder.current, clock, ids or Ids())
    recorder = Recorder(store, clock, parts.ids)
    gates = gates_of(settings, profiles, Told(metrics))
    served = bases(partial(_features, parts), gates, profiles, holder.current)
    check_enforcement(read_enforcement(settings.validation), served, [hook.hook for hook in HOOKS])
    return assemble(
        version=version("passage"),
        bases=served,
        metadata=metadata,
        routers=_routers(parts, HookGate(gates["2.2"])),
        store=store,
        content=holder.current,
        metrics=metrics,
        clock=clock,
        ids=parts.ids,
        base_url=settings.base_url,
        max_body_bytes=settings.max_body_bytes,
        lifespan=lifespan(settings, store, holder, [recorder.keep_writing, *_background(parts)]),
        hears=recorder.hears,
    )


def _profiles_folder(settings: Settings) -> Path:
    """The profiles of the content, or those that are shipped where the content has none of its own."""
    own = settings.content_path / "profiles"
    return own if own.is_dir() else content_root() / "profiles"


def _features(parts: _Parts, generation: Generation) -> tuple[FhirFeature, ...]:
    """What is served on the base of a generation of the guides."""
    store, members, content, clock, ids = parts.store, parts.members, parts.content, parts.clock, parts.ids
    rest = server.rest.feature.feature(store=store, content=content)
    attachments = server.attachments.feature.feature(
        store=store,
        members=members,
        content=content,
        answering=PasAnswering(store, ids),
        redeciding=PasRedeciding(store, members, content, clock, ids),
        clock=clock,
        ids=ids,
        generation=generation,
    )
    authorizations = server.pas.feature.feature(
        store=store, members=members, content=content, clock=clock, ids=ids, generation=generation
    )
    if generation == "2.0":
        return (authorizations, attachments, rest)
    return (
        authorizations,
        server.dtr.feature.feature(store=store, members=members, content=content, clock=clock, ids=ids),
        attachments,
        rest,
    )


def _routers(parts: _Parts, held: HoldParts) -> list[APIRouter]:
    """What is served beside the FHIR bases."""
    settings, store, content, clock = parts.settings, parts.store, parts.content, parts.clock
    hooks = server.crd.router.router(
        store=store,
        members=parts.members,
        content=content,
        clock=clock,
        ids=parts.ids,
        base_url=settings.base_url,
        deadline_seconds=settings.hook_deadline_seconds,
        held=held,
    )
    pages = server.console.router.router(
        store=store, content=content, clock=clock, demo=settings.demo, base_url=settings.base_url
    )
    answering = PasAnswering(store, parts.ids)
    reviews = server.review.router.router(store=store, answering=answering, clock=clock, ids=parts.ids, content=content)
    return [hooks, reviews, server.metrics.router.router(store=store), pages]


def _background(parts: _Parts) -> Iterator[Background]:
    """The work that no request asks for."""
    settings, store, clock = parts.settings, parts.store, parts.clock
    if settings.sweep_seconds:
        yield partial(keep_sweeping, store, clock, settings.sweep_seconds)
    if settings.overdue_seconds:
        yield partial(keep_marking, store, clock, settings.overdue_seconds)


def _tell_of_content(content: Content) -> None:
    log = structlog.get_logger("passage.content")
    if content.problems:
        log.error("an edit of the content is not in force", findings=list(content.problems))
    else:
        log.info("changed content is in force", plans=len(content.plans))
