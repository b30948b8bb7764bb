"""What is served for Subscriptions, on each base in the generation that it speaks.

Spec page: https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/conformance.html
Spec: hl7.fhir.uv.subscriptions_1.1.0@48, hl7.fhir.uv.subscriptions_1.1.0@57, hl7.fhir.uv.subscriptions_1.1.0@58
"""

from server.cases.case import Generation
from server.clock import Clock, Ids
from server.fhir.json import Json
from server.notification.endpoint import EndpointPolicy
from server.notification.topic import TOPIC
from server.rest.searchset import searching
from server.storage.port import Store
from server.subscriptions.channel import BACKPORT
from server.subscriptions.events import EventsOperation
from server.subscriptions.registry import Registry
from server.subscriptions.source import PARAMETERS, SubscriptionSource
from server.subscriptions.status import StatusOperation
from server.subscriptions.topic import read_topic
from server.web.declare import (
    FhirAnswer,
    FhirFeature,
    FhirRequest,
    Handler,
    Operation,
    ResourceAccess,
    SearchParameter,
)

_GUIDE = "http://hl7.org/fhir/uv/subscriptions-backport"
_PAS_PROFILE = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-subscription"
_BACKPORT_PROFILE = f"{BACKPORT}/backport-subscription"
_TAKES: dict[Generation, tuple[str, ...]] = {"2.2": (f"{_PAS_PROFILE}|2.2.1",), "2.0": (f"{_BACKPORT_PROFILE}|1.1.0",)}
_PROFILES: dict[Generation, tuple[str, ...]] = {
    "2.2": (_BACKPORT_PROFILE, _PAS_PROFILE),
    "2.0": (_BACKPORT_PROFILE,),
}
_TOPICS = ({"url": f"{BACKPORT}/capabilitystatement-subscriptiontopic-canonical", "valueCanonical": TOPIC},)


def feature(
    *, store: Store, clock: Clock, ids: Ids, generation: Generation, endpoint_policy: EndpointPolicy
) -> FhirFeature:
    """The declarations."""
    registry = Registry(store, clock, ids, generation, endpoint_policy)
    subscription = ResourceAccess(
        "Subscription",
        read=registry.read,
        search=_search(store, generation),
        create=registry.create,
        update=registry.update,
        delete=registry.delete,
        parameters=PARAMETERS,
        profiles=_PROFILES[generation],
        extensions=_TOPICS,
        takes=_TAKES[generation],
        examples={"Results for one organization": _example(generation)},
    )
    return FhirFeature(
        operations=(_status(store, registry, generation), _events(store, registry, generation)),
        resources=(subscription, ResourceAccess("Basic", read=read_topic)),
        guides=(f"{_GUIDE}/ImplementationGuide/hl7.fhir.uv.subscriptions-backport|1.1.0",),
        instantiates=(f"{_GUIDE}/CapabilityStatement/backport-subscription-server-r4",),
    )


def _search(store: Store, generation: Generation) -> Handler:
    async def search(request: FhirRequest) -> FhirAnswer:
        source = SubscriptionSource(store, request.caller, generation)
        return await searching("Subscription", source, PARAMETERS)(request)

    return search


def _status(store: Store, registry: Registry, generation: Generation) -> Operation:
    return Operation(
        type="Subscription",
        name="status",
        definition=f"{_GUIDE}/OperationDefinition/backport-subscription-status",
        summary="How Subscriptions are, and how many events they had.",
        handle=StatusOperation(store, registry, generation),
        levels=("type", "instance"),
        methods=("GET", "POST"),
        parameters=(
            SearchParameter("id", "token", "Id of a Subscription; several are alternatives."),
            SearchParameter("status", "token", "requested, active, error or off; several are alternatives."),
        ),
    )


def _events(store: Store, registry: Registry, generation: Generation) -> Operation:
    return Operation(
        type="Subscription",
        name="events",
        definition=f"{_GUIDE}/OperationDefinition/backport-subscription-events",
        summary="Events of a Subscription again.",
        handle=EventsOperation(store, registry, generation),
        levels=("instance",),
        methods=("GET", "POST"),
        parameters=(
            SearchParameter("eventsSinceNumber", "number", "The first event."),
            SearchParameter("eventsUntilNumber", "number", "The last event."),
            SearchParameter("content", "token", "empty, id-only, or what notifications on this base hold."),
        ),
    )


def _example(generation: Generation) -> Json:
    content = "full-resource" if generation == "2.2" else "id-only"
    return {
        "resourceType": "Subscription",
        "meta": {"profile": [_PROFILES[generation][-1]]},
        "status": "requested",
        "reason": "Results for the organization that asks",
        "criteria": TOPIC,
        "_criteria": {
            "extension": [{"url": f"{BACKPORT}/backport-filter-criteria", "valueString": "org-identifier=1234567893"}]
        },
        "channel": {
            "type": "rest-hook",
            "endpoint": "https://ehr.example.com/notifications",
            "payload": "application/fhir+json",
            "_payload": {"extension": [{"url": f"{BACKPORT}/backport-payload-content", "valueCode": content}]},
            "header": ["Authorization: Bearer a-token-of-yours"],
        },
    }
