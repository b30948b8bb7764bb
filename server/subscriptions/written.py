"""The Subscription as it is served: what was received, with what we know better.

Spec page: https://hl7.org/fhir/R4/subscription.html
"""

from email.utils import format_datetime

from server.clock import instant
from server.fhir import json
from server.fhir.json import Json
from server.notification.subscription import Problem, Subscription

_OURS = ("resourceType", "id", "meta", "status", "error")

_PROBLEMS: dict[Problem, str] = {
    "dns-resolution-error": "its name leads to no address that notifications may go to",
    "no-response": "it did not answer in time, or at all",
    "error-response": "it answered with a status other than 2xx",
}


def written(subscription: Subscription) -> Json:
    """The resource. Headers and extensions stay as they were received.

    Spec: hl7.fhir.uv.subscriptions_1.1.0@137
    """
    received = json.read(subscription.resource.encode())
    meta = received.get("meta")
    served: Json = {
        "resourceType": "Subscription",
        "id": subscription.id,
        "meta": {
            **(meta if isinstance(meta, dict) else {}),
            "versionId": str(subscription.revision),
            "lastUpdated": instant(subscription.updated),
        },
        "status": subscription.status,
    }
    if subscription.status == "error" and subscription.problem:
        served["error"] = (
            f"The endpoint did not accept notifications: {_PROBLEMS[subscription.problem]}. Events that wait: "
            f"{subscription.waiting}. Update it with status requested to try again at once; $events has the events."
        )
    return {**served, **{name: value for name, value in received.items() if name not in _OURS}}


def headers_of(subscription: Subscription) -> tuple[tuple[str, str], ...]:
    """What a client keeps to know this version again."""
    updated = subscription.updated.replace(microsecond=0)
    return ("ETag", f'W/"{subscription.revision}"'), ("Last-Modified", format_datetime(updated, usegmt=True))
