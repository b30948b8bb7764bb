"""The Subscription of the pretend EHR, and reading what it is told.

Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-profile-subscription.html
"""

from server.fhir.json import Json

_PAS = "http://hl7.org/fhir/us/davinci-pas"
_BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"
FHIR_JSON = "application/fhir+json"


def subscription(organization: str, endpoint: str, token: str) -> Json:
    """Tells the endpoint when a result for the organization changes. `organization` is the identifier's value."""
    return {
        "resourceType": "Subscription",
        "meta": {"profile": [f"{_PAS}/StructureDefinition/profile-subscription"]},
        "status": "requested",
        "reason": "Results of pended requests",
        "criteria": f"{_PAS}/SubscriptionTopic/PASSubscriptionTopic",
        "_criteria": _extended("backport-filter-criteria", valueString=f"org-identifier={organization}"),
        "channel": {
            "type": "rest-hook",
            "endpoint": endpoint,
            "payload": FHIR_JSON,
            "_payload": _extended("backport-payload-content", valueCode="full-resource"),
            "header": [f"Authorization: Bearer {token}"],
        },
    }


def status_of(notification: Json) -> dict[str, Json]:
    """The parts of the notification's status by name: its type, how many events there were."""
    parameters = notification["entry"][0]["resource"]["parameter"]
    return {each["name"]: next((each[name] for name in each if name.startswith("value")), None) for each in parameters}


def response_of(notification: Json) -> Json:
    """The PAS response Bundle that a notification carries."""
    return notification["entry"][1]["resource"]


def _extended(name: str, **value: Json) -> Json:
    return {"extension": [{"url": f"{_BACKPORT}/{name}", **value}]}
