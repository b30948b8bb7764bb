"""`$status`: how Subscriptions are, and how many events they had.

Spec page: https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/OperationDefinition-backport-subscription-status.html
"""

from collections.abc import Sequence
from datetime import datetime

from server.cases.case import Generation
from server.fhir import json
from server.fhir.json import Json
from server.notification.bundle import status_of
from server.notification.subscription import Subscription
from server.storage.port import Store
from server.subscriptions.parameters import values_of
from server.subscriptions.registry import Registry
from server.subscriptions.source import subscriptions_of
from server.web.declare import FhirAnswer, FhirRequest


class StatusOperation:
    """Answers `$status` of one Subscription, and of all that a caller has."""

    def __init__(self, store: Store, registry: Registry, generation: Generation) -> None:
        self._store = store
        self._registry = registry
        self._generation: Generation = generation

    async def __call__(self, request: FhirRequest) -> FhirAnswer:
        """A searchset of one status for each Subscription that is asked about. An instance ignores the parameters.

        Spec: hl7.fhir.uv.subscriptions_1.1.0@47, hl7.fhir.uv.subscriptions_1.1.0@79,
        hl7.fhir.uv.subscriptions_1.1.0@112, hl7.fhir.uv.subscriptions_1.1.0@121
        """
        if request.id is not None:
            return _answer([await self._registry.found(request)], request.received)
        ids, states = values_of(request, "id"), values_of(request, "status")
        asked = [
            each
            for each in await subscriptions_of(self._store, request.caller, self._generation)
            if (not ids or each.id in ids) and (not states or each.status in states)
        ]
        return _answer(asked, request.received)


def _answer(subscriptions: Sequence[Subscription], at: datetime) -> FhirAnswer:
    bundle: Json = {"resourceType": "Bundle", "type": "searchset", "total": len(subscriptions)}
    statuses = [status_of(each, "query-status", at=at) for each in subscriptions]
    entries = [
        {"fullUrl": f"urn:uuid:{status['id']}", "resource": status, "search": {"mode": "match"}} for status in statuses
    ]
    return FhirAnswer(json.write({**bundle, "entry": entries} if entries else bundle))
