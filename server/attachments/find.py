"""Finds the case that an attachment belongs to: by the number that we asked with, or one that the requester knows.

A number alone opens nothing: the member must be the case's too. What is not found and what is another member's get the
same answer, so that nobody learns from it which numbers exist.
Spec page: https://hl7.org/fhir/us/davinci-cdex/attachments.html
"""

from collections.abc import Iterator
from dataclasses import dataclass

from server.attachments.request import Delivery
from server.attachments.urls import ITEM_TRACE_NUMBER
from server.cases.case import CASE_KIND, Case
from server.cases.document import asked_key, control_key, from_document, identifier_key, number_key, trace_key
from server.cases.work_keys import known_key
from server.errors import Issue, Refusal, RequestRefused
from server.fhir import json
from server.fhir.identifier import Identifier, identifier
from server.fhir.json import Json
from server.fhir.lenient import obj, objects, text
from server.members.port import MemberQuery, Members
from server.storage.port import Document, Store

_NEWEST = 20
"""Cases that are looked at for one number: requesters use some numbers more than once."""

_UUID = "urn:uuid:"


@dataclass(frozen=True, slots=True)
class Target:
    """The case, and what of it the tracking number names."""

    document: Document
    case: Case
    sequences: frozenset[int]
    """The items that the number is about."""
    asked: str | None = None
    """The id of the request for information that it answers; None when it names more than one."""


async def find_target(delivery: Delivery, store: Store, members: Members) -> Target:
    """The newest fitting case, one that waits before one that does not. Raises RequestRefused when there is none."""
    query = MemberQuery((delivery.member,), (delivery.payer,) if delivery.payer else ())
    membership = await members.find(query)
    if not membership.payer_is_ours:
        rule = "PayerId names no payer that this server answers for; send the attachment to the payer that asked for it"
        raise RequestRefused(Refusal.UNPROCESSABLE, [Issue("not-found", f"{rule}.", "Parameters.parameter")])
    member = membership.enrolments[0].member_id if membership.enrolments else None
    for key in _keys(delivery.tracking):
        page = await store.find(CASE_KIND, [key], limit=_NEWEST, newest_first=True)
        found = [await _fitting(document, delivery, member, store) for document in page.documents]
        if fitting := [target for target in found if target]:
            return max(fitting, key=lambda target: target.case.state == "pended")
    raise RequestRefused(Refusal.UNPROCESSABLE, [_unknown()])


def _unknown() -> Issue:
    rule = (
        "TrackingId and MemberId together name no request for authorization that this server has answered; check that "
        "the attachment goes to the payer that asked for it, with the number and the member as in its request"
    )
    return Issue("not-found", f"{rule}.", "Parameters.parameter")


def _keys(tracking: Identifier) -> Iterator[str]:
    """What the number may be, the most particular first."""
    yield asked_key(tracking.value.removeprefix(_UUID))
    yield trace_key(tracking.value)
    yield control_key(tracking.value)
    yield number_key(tracking.value)
    yield identifier_key(tracking)
    if tracking.system is None:
        yield known_key(tracking.value)


async def _fitting(document: Document, delivery: Delivery, member: str | None, store: Store) -> Target | None:
    case = from_document(document)
    if delivery.reference_number and delivery.reference_number not in _numbers(case):
        return None
    resources = await _resources(case, store)
    if (member is None or member != case.member) and not _names_member(resources, delivery.member):
        return None
    id = delivery.tracking.value.removeprefix(_UUID)
    asking = frozenset(item.sequence for item in case.items if any(ask.id == id for ask in item.asks))
    if asking:
        return Target(document, case, asking, id)
    traced = _traced(resources, delivery.tracking.value)
    return Target(document, case, traced or frozenset(item.sequence for item in case.items))


def _numbers(case: Case) -> frozenset[str]:
    own = {number for item in case.items for number in (item.reference_number, item.authorization_number) if number}
    return frozenset(own | {number for request in case.requests for number in request.numbers})


async def _resources(case: Case, store: Store) -> list[Json]:
    """The resources of the Claim's Bundle, the Claim first."""
    body = await store.get_payload(case.request.bundle_digest or case.request.digest)
    bundle = json.read(body) if body else {}
    return [obj(entry.get("resource")) for entry in objects(obj(bundle).get("entry"))]


def _names_member(resources: list[Json], member: Identifier) -> bool:
    """Whether a Patient or Coverage that came with the Claim has the identifier, such as an account number."""
    for resource in resources:
        if resource.get("resourceType") in ("Patient", "Coverage"):
            own = [identifier(each) for each in objects(resource.get("identifier"))]
            named = [each for each in own if each]
            if number := text(resource.get("subscriberId")):
                named.append(Identifier(None, number))
            if any(each.value == member.value and _agree(each.system, member.system) for each in named):
                return True
    return False


def _agree(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other


def _traced(resources: list[Json], value: str) -> frozenset[int]:
    """The items of the Claim that have the trace number."""
    items = objects(resources[0].get("item")) if resources else []
    return frozenset(
        item["sequence"]
        for item in items
        for extension in objects(item.get("extension"))
        if extension.get("url") == ITEM_TRACE_NUMBER and obj(extension.get("valueIdentifier")).get("value") == value
    )
