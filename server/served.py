"""What the application serves and does, made of its parts: features by base, routers beside them, work of its own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from fastapi import APIRouter

import server.attachments.feature
import server.console.router
import server.crd.router
import server.dtr.feature
import server.metrics.router
import server.pas.feature
import server.rest.feature
import server.review.router
import server.subscriptions.feature
from server.cases.case import Generation
from server.clock import Clock, Ids
from server.content.content import CurrentContent
from server.fhir import json
from server.lifespan import Background
from server.members.port import Members
from server.notification.dispatch import run_outbox
from server.notification.endpoint import EndpointPolicy
from server.notification.retention import keep_removing
from server.notification.subscription import Subscription
from server.pas.answering import PasAnswering
from server.pas.redecide import PasRedeciding
from server.review.overdue import keep_marking
from server.settings import Settings
from server.storage.port import Store
from server.storage.sweep import keep_sweeping
from server.web.declare import FhirFeature
from server.web.gate import Gate
from server.web.held import HoldParts


@dataclass(frozen=True, slots=True)
class Parts:
    """What everything is made of."""

    settings: Settings
    store: Store
    members: Members
    content: CurrentContent
    clock: Clock
    ids: Ids

    @property
    def endpoint_policy(self) -> EndpointPolicy:
        """Where notifications may go."""
        return EndpointPolicy.named(self.settings.notification_endpoints or ("any" if self.settings.demo else "public"))


def features_of(parts: Parts, generation: Generation) -> tuple[FhirFeature, ...]:
    """What is served on the base of a generation of the guides."""
    store, members, content, clock, ids = parts.store, parts.members, parts.content, parts.clock, parts.ids
    authorizations = server.pas.feature.feature(
        store=store, members=members, content=content, clock=clock, ids=ids, generation=generation
    )
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
    subscriptions = server.subscriptions.feature.feature(
        store=store, clock=clock, ids=ids, generation=generation, endpoint_policy=parts.endpoint_policy
    )
    forms = server.dtr.feature.feature(store=store, members=members, content=content, clock=clock, ids=ids)
    rest = server.rest.feature.feature(store=store, content=content)
    if generation == "2.0":
        return (authorizations, attachments, subscriptions, rest)
    return (authorizations, forms, attachments, subscriptions, rest)


def routers_of(parts: Parts, held: HoldParts) -> list[APIRouter]:
    """What is served beside the FHIR bases."""
    settings, store, content, clock, ids = parts.settings, parts.store, parts.content, parts.clock, parts.ids
    hooks = server.crd.router.router(
        store=store,
        members=parts.members,
        content=content,
        clock=clock,
        ids=ids,
        base_url=settings.base_url,
        deadline_seconds=settings.hook_deadline_seconds,
        held=held,
    )
    reviews = server.review.router.router(
        store=store, answering=PasAnswering(store, ids), clock=clock, ids=ids, content=content
    )
    pages = server.console.router.router(
        store=store, content=content, clock=clock, demo=settings.demo, base_url=settings.base_url
    )
    return [hooks, reviews, server.metrics.router.router(store=store), pages]


def background_of(parts: Parts, gates: Mapping[Generation, Gate]) -> Iterator[Background]:
    """The work that no request asks for."""
    settings, store, clock = parts.settings, parts.store, parts.clock

    async def check(subscription: Subscription, body: bytes) -> None:
        gate = gates[subscription.generation]
        if gate.checks_answers:
            await gate.check_sent("notification", json.read(body), (), len(body))

    yield partial(
        run_outbox, store=store, clock=clock, ids=parts.ids, endpoint_policy=parts.endpoint_policy, check=check
    )
    if settings.sweep_seconds:
        yield partial(keep_sweeping, store, clock, settings.sweep_seconds)
    if settings.sweep_seconds and settings.notification_days:
        yield partial(keep_removing, store, clock, timedelta(days=settings.notification_days), settings.sweep_seconds)
    if settings.overdue_seconds:
        yield partial(keep_marking, store, clock, settings.overdue_seconds)
