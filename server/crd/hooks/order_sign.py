"""The hook order-sign: orders are about to be signed, and each of them is to be answered.

Spec page: https://cds-hooks.hl7.org/hooks/order-sign/
"""

from server.crd.configuration import COVERAGE_INFO, GUIDELINE, LIMITS, MAX_CARDS
from server.crd.hook import ContextResource, Hook
from server.crd.hooks.order_prefetch import ORDER_PREFETCH
from server.crd.hooks.order_sign_example import ORDER_SIGN_EXAMPLE
from server.decision.intake.order import ORDER_TYPES
from server.fhir.json import Json
from server.fhir.lenient import objects, text

_CONTEXT: Json = {
    "type": "object",
    "required": ["userId", "patientId", "draftOrders"],
    "properties": {
        "userId": {
            "type": "string",
            "pattern": r"^[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}$",
            "description": "the user as Type/id",
        },
        "patientId": {
            "type": "string",
            "pattern": r"^(Patient/)?[A-Za-z0-9\-.]{1,64}$",
            "description": "the id of the Patient",
        },
        "encounterId": {
            "type": "string",
            "pattern": r"^(Encounter/)?[A-Za-z0-9\-.]{1,64}$",
            "description": "the id of the Encounter",
        },
        "draftOrders": {
            "type": "object",
            "required": ["resourceType"],
            "properties": {
                "resourceType": {"const": "Bundle", "description": "Bundle"},
                "entry": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["resource"],
                        "properties": {
                            "fullUrl": {"type": "string"},
                            "resource": {
                                "type": "object",
                                "required": ["resourceType"],
                                "properties": {"resourceType": {"type": "string"}},
                            },
                        },
                    },
                },
            },
        },
    },
}


def in_scope(context: Json) -> list[ContextResource]:
    """Every draft order is in scope, but one that orders something *not* to be done: nothing of it is ever paid.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@resp-29
    """
    entries = objects(context["draftOrders"].get("entry"))
    return [
        ContextResource(
            entry["resource"], text(entry.get("fullUrl")), f"context.draftOrders.entry[{position}].resource"
        )
        for position, entry in enumerate(entries)
        if entry["resource"]["resourceType"] in ORDER_TYPES and entry["resource"].get("doNotPerform") is not True
    ]


ORDER_SIGN = Hook(
    hook="order-sign",
    id="order-sign-crd",
    title="Coverage requirements when orders are signed",
    description=(
        "Says for every order whether it is covered, whether it needs prior authorization, and which documentation "
        "the payer needs."
    ),
    prefetch=ORDER_PREFETCH,
    options=(COVERAGE_INFO, GUIDELINE, LIMITS, MAX_CARDS),
    context_schema=_CONTEXT,
    in_scope=in_scope,
    example=ORDER_SIGN_EXAMPLE,
)
