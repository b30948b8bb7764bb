"""Reads the body of a hook call and refuses what is no call of the hook; inside, a HookRequest is a valid one.

Spec page: https://cds-hooks.hl7.org/#http-request_1
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files

from server.crd.configuration import Configuration, configuration
from server.crd.hook import ContextResource, Hook
from server.crd.shape import compiled
from server.crd.wire.dialect import Dialect
from server.crd.wire.versions import DIALECTS, dialect
from server.errors import Issue, Refusal, RequestRefused
from server.fhir import json
from server.fhir.json import Json
from server.fhir.lenient import obj, reference, text
from server.fhir.reference import type_and_id

_VERSION = "davinci-crd.requestedVersion"


@dataclass(frozen=True, slots=True)
class HookRequest:
    """One hook call. The client's access token is not in it: nothing here may keep or send it on."""

    hook: str
    instance: str
    patient_id: str
    user: str | None
    context: Json
    prefetch: Json
    orders: tuple[ContextResource, ...]
    dialect: Dialect
    configuration: Configuration


ReadHookRequest = Callable[[bytes], HookRequest]


def reader(hook: Hook) -> ReadHookRequest:
    """The function that reads calls of a hook; it raises RequestRefused for all that is none.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@hook-13
    """
    check_envelope = compiled(read_schema("hook_request.schema.json"))
    check_context = compiled(hook.context_schema, "context")

    def read(body: bytes) -> HookRequest:
        call = read_json(body)
        _refuse(Refusal.INVALID, check_envelope(call))
        _refuse(Refusal.INVALID, _other_hook(call, hook))
        spoken = _spoken(call)
        context = call["context"]
        _refuse(Refusal.INVALID, check_context(context))
        patient_id = context["patientId"].removeprefix("Patient/")
        orders = tuple(hook.in_scope(context))
        _refuse(Refusal.INVALID, [issue for order in orders for issue in _order_issues(order, patient_id)])
        _refuse(Refusal.INVALID, _repeated(orders))
        wishes = obj(call.get("extension")).get("davinci-crd.configuration")
        return HookRequest(
            hook=hook.hook,
            instance=call["hookInstance"].lower(),
            patient_id=patient_id,
            user=text(context.get("userId")),
            context=context,
            prefetch=call.get("prefetch", {}),
            orders=orders,
            dialect=spoken,
            configuration=configuration(wishes, hook.options),
        )

    return read


def read_json(body: bytes) -> Json:
    """The JSON of a body, by the one reader; raises RequestRefused."""
    try:
        return json.read(body)
    except json.JsonRefused as refused:
        raise RequestRefused(Refusal.MALFORMED, [Issue("structure", str(refused))]) from None


def read_schema(name: str) -> Json:
    """A JSON Schema that lies beside this file."""
    return json.read(files("server.crd").joinpath(name).read_bytes())


def _refuse(refusal: Refusal, issues: list[Issue]) -> None:
    if issues:
        raise RequestRefused(refusal, issues)


def _other_hook(call: Json, hook: Hook) -> list[Issue]:
    if call["hook"] == hook.hook:
        return []
    return [
        Issue("not-supported", f"This service answers the hook {hook.hook}; send others to their services.", "hook")
    ]


def _spoken(call: Json) -> Dialect:
    found = dialect(obj(call.get("extension")).get(_VERSION))
    if found is None:
        versions = ", ".join(known.version for known in DIALECTS)
        told = f"This version of CRD is not spoken here; request one of {versions}, or none for 2.0."
        raise RequestRefused(Refusal.INVALID, [Issue("not-supported", told, f"extension.`{_VERSION}`")])
    return found


def _order_issues(order: ContextResource, patient_id: str) -> list[Issue]:
    """An order is answered by writing onto it: it needs an id, room for an extension, and the patient of the call."""
    issues = []
    resource, place = order.resource, order.expression
    if not isinstance(resource.get("id"), str) or not type_and_id(f"{resource['resourceType']}/{resource['id']}"):
        issues.append(Issue("required", "An order needs a FHIR id, as its answer is an update of it.", f"{place}.id"))
    extensions = resource.get("extension", [])
    if not isinstance(extensions, list) or not all(isinstance(held, dict) for held in extensions):
        issues.append(Issue("structure", "This element must be an array of Extensions.", f"{place}.extension"))
    element = "patient" if resource["resourceType"] in ("NutritionOrder", "VisionPrescription") else "subject"
    named = type_and_id(reference(resource.get(element)) or "")
    if named and named != ("Patient", patient_id):
        told = "The order is for another patient than the call; send the orders of one patient."
        issues.append(Issue("invalid", told, f"{place}.{element}"))
    return issues


def _repeated(orders: tuple[ContextResource, ...]) -> list[Issue]:
    seen: set[tuple[str, str]] = set()
    issues = []
    for order in orders:
        key = (order.resource["resourceType"], order.resource["id"])
        if key in seen:
            told = "Two orders have the same type and id, so their answers could not be told apart."
            issues.append(Issue("duplicate", told, f"{order.expression}.id"))
        seen.add(key)
    return issues
