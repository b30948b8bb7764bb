"""The composition root: settings -> adapters -> features -> one ASGI application. Only this place names adapters."""

from functools import partial
from importlib.metadata import version

import structlog
from fastapi import FastAPI

from server.bases import bases, gates_of
from server.clock import Clock, Ids, system_clock
from server.content.content import Content
from server.content.watch import ContentHolder
from server.crd.hooks.registry import HOOKS
from server.lifespan import lifespan
from server.members.local import LocalMembers
from server.metrics.recorder import Recorder
from server.profiles import Profiles, profiles_of
from server.rest.metadata import metadata
from server.served import Parts, background_of, features_of, routers_of
from server.settings import Settings, content_root
from server.storage.connect import connect
from server.web.application import assemble, check_enforcement
from server.web.enforcement import read_enforcement
from server.web.hook_gate import HookGate
from server.web.metrics import Metrics
from server.web.told import Told
from server.web.warm import warm


def create_app(
    settings: Settings, *, clock: Clock = system_clock, ids: Ids | None = None, profiles: Profiles | None = None
) -> FastAPI:
    """The application. The store opens and the content loads when it starts (ASGI lifespan).

    `profiles` may be shared by several applications. Raises SettingRefused for a setting that names what is not here.
    """
    profiles = profiles or _profiles(settings)
    metrics = Metrics(version("passage"))
    store = connect(settings.store_url.get_secret_value(), mongodb_driver=settings.mongodb_driver, clock=clock)
    holder = ContentHolder(
        settings.content_path, demo=settings.demo, reload_seconds=settings.reload_seconds, changed=_tell_of_content
    )
    members = LocalMembers(store, holder.current)
    parts = Parts(settings, store, members, holder.current, clock, ids or Ids())
    recorder = Recorder(store, clock, parts.ids)
    gates = gates_of(settings, profiles, Told(metrics))
    served = bases(partial(features_of, parts), gates, profiles, holder.current)
    check_enforcement(read_enforcement(settings.validation), served, [hook.hook for hook in HOOKS])
    return assemble(
        version=version("passage"),
        bases=served,
        metadata=metadata,
        routers=routers_of(parts, HookGate({str(version): gate for version, gate in gates.items()})),
        store=store,
        content=holder.current,
        metrics=metrics,
        clock=clock,
        ids=parts.ids,
        base_url=settings.base_url,
        max_body_bytes=settings.max_body_bytes,
        lifespan=lifespan(
            settings, store, holder, [recorder.keep_writing, partial(warm, served), *background_of(parts, gates)]
        ),
        hears=recorder.hears,
    )


def _profiles(settings: Settings) -> Profiles:
    """The profiles of the content, or those that are shipped where it has none of its own, and the further ones."""
    own = settings.content_path / "profiles"
    folders = [own if own.is_dir() else content_root() / "profiles"]
    folders += [settings.profiles_path] if settings.profiles_path else []
    return profiles_of(*folders, terminology_url=settings.terminology_url)


def _tell_of_content(content: Content) -> None:
    log = structlog.get_logger("passage.content")
    if content.problems:
        log.error("an edit of the content is not in force", findings=list(content.problems))
    else:
        log.info("changed content is in force", plans=len(content.plans))
