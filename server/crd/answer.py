"""Answers a hook call: gather, decide, keep, and only then say it.

Whatever fails on our side while deciding is an answer too, never an empty one: the client would read silence as
"nothing is needed".
Spec page: https://hl7.org/fhir/us/davinci-crd/cards.html#coverage-information
"""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import structlog

from server.clock import Clock, Ids
from server.content.content import Content, CurrentContent
from server.crd.cards import Cards, name_of
from server.crd.coverage_information import annotated, assertion_id, extension, of_coverage, says_the_same
from server.crd.coverages import AskedCoverage, asked_coverages
from server.crd.decide import DecidedOrder, Sources, all_technical, decide, reference_of, requested_items
from server.crd.gather import Gathered, gather
from server.crd.hook_request import HookRequest
from server.crd.keep import ASSERTION, Given, is_about, keep
from server.crd.membership import OTHER_PAYER
from server.errors import RequestRefused
from server.fhir import json
from server.fhir.json import Json
from server.members.port import Members
from server.storage.port import Document, Store

_DECIDE_SHARE = 0.6
"""Share of the deadline for deciding; the rest is for keeping the answer."""
_LOOK_SHARE = 0.1
"""Share of the deadline for looking up what an order says already."""
_FILE_SHARE = 0.3
"""Share of the deadline for the authorizations on file, without which there is still something to say."""


@dataclass(frozen=True, slots=True)
class Answering:
    """What answering needs; it holds no state of its own between calls."""

    store: Store
    members: Members
    content: CurrentContent
    clock: Clock
    ids: Ids
    deadline_seconds: float


async def answer(request: HookRequest, using: Answering) -> bytes:
    """The bytes of the answer to a valid call, its assertions kept. Raises RequestRefused when there is no coverage.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@hook-16
    """
    received = using.clock()
    wishes = request.configuration
    if not request.orders or not (wishes.coverage_info or wishes.cards):
        return json.write(_response(request, [], []))
    gathered = gather(request)
    coverages = asked_coverages(request, gathered)
    content = using.content()
    decided = await _decided(request, gathered, coverages, using, content, received)
    given = await _new(request, decided, using, received)
    cards = _cards(request, decided, gathered, using, content)
    written = json.write(_response(request, cards, _actions(request, given, gathered, received)))
    if await _kept(request, gathered, given, written, using, received):
        return written
    failed = _technical(request, gathered, coverages) if wishes.coverage_info else []
    given = [Given(using.ids.new_id(), each) for each in failed]
    return json.write(_response(request, [], _actions(request, given, gathered, received)))


def _response(request: HookRequest, cards: list[Json], actions: list[Json]) -> Json:
    if actions or request.dialect.empty_system_actions:
        return {"cards": cards, "systemActions": actions}
    return {"cards": cards}


async def _decided(
    request: HookRequest,
    gathered: Gathered,
    coverages: tuple[AskedCoverage, ...],
    using: Answering,
    content: Content,
    received: datetime,
) -> list[DecidedOrder]:
    """All orders under all coverages; where one of several coverages is with us, those of other payers drop out."""
    items = requested_items(request, gathered)
    sources = Sources(using.members, using.store, content, using.deadline_seconds * _FILE_SHARE)
    try:
        async with asyncio.timeout(using.deadline_seconds * _DECIDE_SHARE):
            found = [await decide(request, items, gathered, each, sources, received) for each in coverages]
    except RequestRefused:
        raise
    except Exception as error:  # noqa: BLE001 on hooks a failure of ours is an answer, rendered here and nowhere else
        _log_failure(error, "decide")
        return _technical(request, gathered, coverages)
    ours = [orders for orders in found if any(each.assertion.reasons != OTHER_PAYER for each in orders)]
    return [each for orders in ours or found for each in orders]


def _technical(request: HookRequest, gathered: Gathered, coverages: tuple[AskedCoverage, ...]) -> list[DecidedOrder]:
    items = requested_items(request, gathered)
    return [each for coverage in coverages for each in all_technical(request, items, coverage)]


async def _new(request: HookRequest, decided: list[DecidedOrder], using: Answering, received: datetime) -> list[Given]:
    """The assertions that say something new; what an order says already, under an id that we gave, stays as it is.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@resp-35
    """
    if not request.configuration.coverage_info:
        return []
    held = [_held(request, each, received) for each in decided]
    known = await _given_before({id for id in held if id}, using)
    return [
        Given(using.ids.new_id(), each)
        for each, id in zip(decided, held, strict=True)
        if id not in known or not is_about(known[id], request, each)
    ]


def _held(request: HookRequest, decided: DecidedOrder, received: datetime) -> str | None:
    """The id under which the order says already what is to be said about it."""
    held = of_coverage(decided.order.resource, decided.assertion.coverage)
    if len(held) != 1 or (given := assertion_id(held[0])) is None:
        return None
    said = extension(decided.assertion, given, received.date(), request.dialect)
    return given if says_the_same(held[0], said) else None


async def _given_before(ids: set[str], using: Answering) -> dict[str | None, Document]:
    """The assertions that we gave under the ids; none when that can't be found out, as saying it again is right."""
    if not ids:
        return {}
    try:
        async with asyncio.timeout(using.deadline_seconds * _LOOK_SHARE):
            found = await asyncio.gather(*(using.store.get(ASSERTION, id) for id in ids))
    except Exception as error:  # noqa: BLE001 on hooks a failure of ours is an answer, rendered here and nowhere else
        _log_failure(error, "find assertions")
        return {}
    return {document.id: document for document in found if document}


def _actions(request: HookRequest, given: Iterable[Given], gathered: Gathered, received: datetime) -> list[Json]:
    """One update per order that has something new, the order otherwise as it came.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@resp-29
    """
    by_order: dict[str, list[Given]] = {}
    for each in given:
        by_order.setdefault(each.decided.item.source, []).append(each)
    return list(_updates(request, by_order, gathered, received))


def _updates(
    request: HookRequest, by_order: dict[str, list[Given]], gathered: Gathered, received: datetime
) -> Iterator[Json]:
    for order in request.orders:
        said = by_order.get(reference_of(order.resource), [])
        if not said:
            continue
        repetitions = [extension(each.decided.assertion, each.id, received.date(), request.dialect) for each in said]
        coverages = [each.decided.assertion.coverage for each in said]
        kind, name = order.resource["resourceType"], name_of(order.resource, gathered)
        yield {
            "type": "update",
            "description": f"Added coverage information to the {kind} ({name})",
            "resource": annotated(order.resource, coverages, repetitions),
        }


def _cards(
    request: HookRequest, decided: list[DecidedOrder], gathered: Gathered, using: Answering, content: Content
) -> list[Json]:
    """The cards that the client wants: limits, which may change an order, before documents to read."""
    wishes = request.configuration
    if not wishes.cards:
        return []
    shop = Cards(request.dialect, gathered, content.plans, using.ids.new_id)
    limits = shop.limits(decided) if wishes.limits else []
    return [*limits, *(shop.policies(decided) if wishes.guideline else [])][: wishes.max_cards]


async def _kept(
    request: HookRequest,
    gathered: Gathered,
    given: list[Given],
    written: bytes,
    using: Answering,
    received: datetime,
) -> bool:
    """Whether all is kept; what is not kept must not be said, as DTR and PAS could not find it."""
    try:
        async with asyncio.timeout(using.deadline_seconds * (1 - _DECIDE_SHARE - _LOOK_SHARE)):
            await keep(using.store, using.ids.new_id(), request, gathered, given, written, received)
    except Exception as error:  # noqa: BLE001 on hooks a failure of ours is an answer, rendered here and nowhere else
        _log_failure(error, "keep the answer")
        return False
    return True


def _log_failure(error: Exception, step: str) -> None:
    """Logs the kind of the error and where it arose; its message may hold what the request said."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f"{frame.tb_frame.f_code.co_filename.rpartition('/')[2]}:{frame.tb_lineno}" if frame else None
    structlog.get_logger("passage.crd").error("hook step failed", step=step, error=type(error).__name__, at=place)
