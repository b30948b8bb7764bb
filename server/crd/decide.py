"""Decides all orders of a call under one of its coverages: the same decision that the form and the claim get.

Spec page: https://hl7.org/fhir/us/davinci-crd/foundation.html
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from server.cases.on_file import authorizations, codes_that_matter
from server.content.content import Content
from server.crd.assertion import CoverageAssertion
from server.crd.coverages import AskedCoverage
from server.crd.from_determination import from_determination, not_covered, technical
from server.crd.gather import Gathered
from server.crd.hook import ContextResource
from server.crd.hook_request import HookRequest
from server.crd.membership import Reasons, enrolment_of, query
from server.decision.determination import ItemDetermination
from server.decision.determine import determine
from server.decision.facts import Authorized, Facts
from server.decision.intake.clinical import facts
from server.decision.intake.order import order_item
from server.decision.request import Request, RequestedItem
from server.errors import Issue, Refusal, RequestRefused, StoreError
from server.fhir.json import Json
from server.members.port import Enrolment, Members
from server.storage.port import Store


@dataclass(frozen=True, slots=True)
class DecidedOrder:
    """One order under one coverage, with what is asserted about it and why."""

    order: ContextResource
    item: RequestedItem
    assertion: CoverageAssertion
    enrolment: Enrolment | None = None
    determined: ItemDetermination | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the decision takes its knowledge from; `content` is that of the whole call."""

    members: Members
    store: Store
    content: Content
    file_seconds: float
    """How long to wait for the authorizations on file before answering without them."""


def requested_items(request: HookRequest, gathered: Gathered) -> tuple[RequestedItem, ...]:
    """What the orders of a call ask for, numbered from one."""
    return tuple(
        order_item(order.resource, number, reference_of(order.resource), gathered.find_from(order.resource))
        for number, order in enumerate(request.orders, 1)
    )


def reference_of(resource: Json) -> str:
    """`Type/id` of a resource."""
    return f"{resource['resourceType']}/{resource['id']}"


def all_technical(
    request: HookRequest, items: tuple[RequestedItem, ...], coverage: AskedCoverage
) -> tuple[DecidedOrder, ...]:
    """The answer when we failed: said of every order, as silence would read as "nothing is needed"."""
    return tuple(
        DecidedOrder(order, item, technical(coverage.reference))
        for order, item in zip(request.orders, items, strict=True)
    )


async def decide(
    request: HookRequest,
    items: tuple[RequestedItem, ...],
    gathered: Gathered,
    coverage: AskedCoverage,
    sources: Sources,
    received: datetime,
) -> tuple[DecidedOrder, ...]:
    """The orders of the call, decided under the coverage, in their order.

    Raises RequestRefused when a client of a strict version names a payer that is not ours.
    Spec: hl7.fhir.us.davinci-crd_2.2.1@found-9
    """
    patient = gathered.by_key.get(f"Patient/{request.patient_id}")
    membership = await sources.members.find(query(patient, coverage.resource, coverage.payer))
    if request.dialect.strict and not membership.payer_is_ours:
        told = "No plan of the payer that this Coverage names is served here; call the service of that payer."
        raise RequestRefused(Refusal.INVALID, [Issue("business-rule", told, "Coverage.payor")])
    days = [_day(item, received) for item in items]
    found = [enrolment_of(membership, patient, coverage.resource, day) for day in days]
    enrolled = [enrolment for enrolment in found if isinstance(enrolment, Enrolment)]
    on_file = await _on_file(sources, items, enrolled[0], received.date()) if enrolled else None
    known = _facts(request, gathered, on_file)
    determinations = _determine(items, found, known, sources.content, received)
    return tuple(
        _decided(order, item, enrolment, determinations.get(item.sequence), coverage, sources.content, on_file, day)
        for order, item, enrolment, day in zip(request.orders, items, found, days, strict=True)
    )


def _day(item: RequestedItem, received: datetime) -> date:
    """The first day of the service; for an order that names none, the day of the call."""
    return (item.serviced.start or item.serviced.end if item.serviced else None) or received.date()


def _facts(request: HookRequest, gathered: Gathered, on_file: tuple[Authorized, ...] | None) -> Facts:
    seen = facts(gathered.by_key, f"Patient/{request.patient_id}")
    return replace(seen, authorized=on_file or ())


async def _on_file(
    sources: Sources, items: tuple[RequestedItem, ...], enrolment: Enrolment, on: date
) -> tuple[Authorized, ...] | None:
    """The member's authorizations; None when they can't be read now, which leaves only that one thing open."""
    codes = codes_that_matter(sources.content.policies, items, enrolment.line_of_business, on)
    try:
        async with asyncio.timeout(sources.file_seconds):
            return await authorizations(sources.store, enrolment.member_id, codes)
    except (StoreError, TimeoutError):
        return None


def _determine(
    items: tuple[RequestedItem, ...],
    found: list[Enrolment | Reasons],
    known: Facts,
    content: Content,
    received: datetime,
) -> Mapping[int, ItemDetermination]:
    """The determinations by sequence: one decision for all orders that fall under the same enrolment."""
    groups: dict[tuple[str, str, str], tuple[Enrolment, list[RequestedItem]]] = {}
    for item, enrolment in zip(items, found, strict=True):
        if isinstance(enrolment, Enrolment):
            key = (enrolment.member_id, enrolment.plan, enrolment.line_of_business)
            groups.setdefault(key, (enrolment, []))[1].append(item)
    determined: dict[int, ItemDetermination] = {}
    for enrolment, grouped in groups.values():
        request = Request(enrolment.member, tuple(grouped), received)
        plan = content.plans[enrolment.plan]
        for each in determine(request, known, content.policies, plan, received.date()).items:
            determined[each.sequence] = each
    return determined


def _decided(
    order: ContextResource,
    item: RequestedItem,
    enrolment: Enrolment | Reasons,
    determined: ItemDetermination | None,
    coverage: AskedCoverage,
    content: Content,
    on_file: tuple[Authorized, ...] | None,
    day: date,
) -> DecidedOrder:
    if not isinstance(enrolment, Enrolment):
        return DecidedOrder(order, item, not_covered(coverage.reference, enrolment))
    assert determined is not None, "determine() answers every item"
    plan = content.plans[enrolment.plan]
    assertion = from_determination(determined, item, plan, coverage.reference, on_file, day)
    return DecidedOrder(order, item, assertion, enrolment, determined)
