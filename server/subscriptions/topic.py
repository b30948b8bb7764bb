"""The topic as it can be read: R4 has no SubscriptionTopic, so it is a Basic with the elements of R5 as extensions.

Spec page: https://hl7.org/fhir/us/davinci-pas/STU2.2/Basic-PASSubscriptionTopic.html
"""

from server.errors import Issue, Refusal, RequestRefused
from server.fhir import json
from server.fhir.json import Json
from server.notification.filters import NAMES
from server.notification.topic import TOPIC
from server.web.declare import FhirAnswer, FhirRequest

TOPIC_ID = TOPIC.rpartition("/")[2]

_R5 = "http://hl7.org/fhir/5.0/StructureDefinition/extension-SubscriptionTopic"
_CORE = "http://hl7.org/fhir/StructureDefinition"
_EVENT = {"system": "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes", "code": "result-available"}


def topic() -> Json:
    """The topic: when a ClaimResponse has a new result, for the organization that asked, with the response Bundle."""
    return {
        "resourceType": "Basic",
        "id": TOPIC_ID,
        "extension": [
            {"url": f"{_R5}.url", "valueUri": TOPIC},
            {"url": f"{_R5}.status", "valueCode": "active"},
            {"url": f"{_R5}.title", "valueString": "Results of pended prior authorizations"},
            {
                "url": f"{_R5}.eventTrigger",
                "extension": [
                    {"url": "description", "valueMarkdown": "A request that was pended has a new result."},
                    {"url": "resource", "valueUri": f"{_CORE}/ClaimResponse"},
                    {"url": "event", "valueCodeableConcept": {"coding": [_EVENT]}},
                ],
            },
            *(
                {
                    "url": f"{_R5}.canFilterBy",
                    "extension": [
                        {"url": "description", "valueMarkdown": "An identifier of the organization that asked."},
                        {"url": "filterParameter", "valueString": name},
                        {"url": "comparator", "valueCode": "eq"},
                    ],
                }
                for name in NAMES
            ),
            {"url": f"{_R5}.notificationShape", "extension": [{"url": "resource", "valueUri": f"{_CORE}/Bundle"}]},
        ],
        "code": {"coding": [{"system": "http://hl7.org/fhir/fhir-types", "code": "SubscriptionTopic"}]},
    }


async def read_topic(request: FhirRequest) -> FhirAnswer:
    """The topic by its id."""
    if request.id != TOPIC_ID:
        text = f"The only Basic here is the topic of Subscriptions; read it at /Basic/{TOPIC_ID}."
        raise RequestRefused(Refusal.NOT_FOUND, [Issue("not-found", text)])
    return FhirAnswer(json.write(topic()))
