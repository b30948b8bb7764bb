"""Decides the orders of a package request: the same decision that the hook and the claim get, asked for its forms.

Spec page: https://hl7.org/fhir/us/davinci-dtr/STU2.2/specification.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from server.content.content import Content
from server.decision.determine import determine
from server.decision.facts import Facts
from server.decision.intake.order import ORDER_TYPES, order_item
from server.decision.request import Request, RequestedItem
from server.dtr.package_request import Order
from server.dtr.selection import DecidedOrder
from server.fhir.json import Json
from server.fhir.lenient import objects
from server.members.port import Enrolment


@dataclass(frozen=True, slots=True)
class AskedOrder:
    """An order, and what it asks for; `item` is None for a type that is not decided on, or without any code."""

    order: Order
    item: RequestedItem | None


def asked_orders(orders: tuple[Order, ...], sent: Mapping[str, Json]) -> tuple[AskedOrder, ...]:
    """The orders with the items that they ask for, numbered from one."""
    return tuple(AskedOrder(order, _item(order, number, sent)) for number, order in enumerate(orders, 1))


def documented_orders(
    orders: tuple[AskedOrder, ...], launched: str | None, sent: Mapping[str, Json]
) -> tuple[AskedOrder, ...]:
    """The orders that the forms are about: those of the request, without any that of the hook.

    `launched` is the reference of the hook's order, and `sent` everything that came with the request and the hook.
    """
    order = sent.get(launched or "")
    return orders if orders or order is None else asked_orders((Order(order, ""),), sent)


def service_days(orders: tuple[AskedOrder, ...], today: date) -> list[date]:
    """The days on which a coverage is looked for: those of the services, then today."""
    served = [each.item.serviced for each in orders if each.item and each.item.serviced]
    return [*sorted(period.start for period in served if period.start), today]


def decide(
    orders: tuple[AskedOrder, ...], enrolment: Enrolment, known: Facts, content: Content, received: datetime
) -> list[DecidedOrder]:
    """What the decision says about the documentation of each order, in their order.

    Spec: hl7.fhir.us.davinci-dtr_2.2.0@prof-1
    """
    items = tuple(each.item for each in orders if each.item)
    plan = content.plans[enrolment.plan]
    decided = determine(Request(enrolment.member, items, received), known, content.policies, plan, received.date())
    by_sequence = {each.sequence: each for each in decided.items}
    return [
        DecidedOrder(reference_to(each.order.resource), each.order.place, understood=False)
        if each.item is None
        else DecidedOrder(
            reference_to(each.order.resource),
            each.order.place,
            by_sequence[each.item.sequence].forms,
            by_sequence[each.item.sequence].authorization_required,
        )
        for each in orders
    ]


def reference_to(resource: Json) -> Json:
    """A Reference to a resource of the client as the client can resolve it: by id, else by its first identifier."""
    kind = resource["resourceType"]
    if isinstance(resource.get("id"), str):
        return {"reference": f"{kind}/{resource['id']}"}
    named = next(iter(objects(resource.get("identifier"))), None)
    return {"type": kind, "identifier": named} if named else None


def _item(order: Order, number: int, sent: Mapping[str, Json]) -> RequestedItem | None:
    if order.resource["resourceType"] not in ORDER_TYPES:
        return None
    item = order_item(order.resource, number, order.place, _finder(order.resource, sent))
    return item if item.codes else None


def _finder(order: Json, sent: Mapping[str, Json]) -> Callable[[str], Json]:
    """Finds what an order refers to: contained in it, or sent beside it."""
    contained = {f"#{found.get('id')}": found for found in objects(order.get("contained"))}
    return lambda named: contained.get(named) or sent.get(named)
