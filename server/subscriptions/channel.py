"""Reads `Subscription.channel`: what is sent where. What we would not do as it is asked for is refused, not bent.

Spec page: https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/StructureDefinition-backport-subscription.html
"""

import re
from collections.abc import Iterator

from server.cases.case import Generation
from server.errors import Issue
from server.fhir.json import Json
from server.notification.endpoint import EndpointPolicy
from server.notification.subscription import Channel, Content
from server.subscriptions.header import read_headers

BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"

CONTENTS: dict[Generation, tuple[Content, ...]] = {"2.2": ("full-resource",), "2.0": ("id-only", "full-resource")}
"""The content of notifications that each generation of the guide has."""

_MIME = re.compile(
    r"application/(fhir\+)?json(\s*;\s*(charset=\"?utf-8\"?|fhirVersion=\"?4\.0(\.1)?\"?))*", re.IGNORECASE
)
_LARGEST = 2_147_483_647


def read_channel(channel: Json, generation: Generation, policy: EndpointPolicy) -> tuple[Channel | None, list[Issue]]:
    """The channel, or the issues for which there is none.

    Spec: hl7.fhir.uv.subscriptions_1.1.0@10, hl7.fhir.uv.subscriptions_1.1.0@12, hl7.fhir.uv.subscriptions_1.1.0@13
    """
    if not isinstance(channel, dict):
        return None, [Issue("required", "A Subscription needs its channel.", "Subscription.channel")]
    payload = channel.get("payload")
    headers, refused = read_headers(channel.get("header", []), payload if isinstance(payload, str) else "")
    issues = [
        *_type_issues(channel),
        *_endpoint_issues(channel, policy),
        *_payload_issues(channel, generation),
        *refused,
        *(issue for name in _NUMBERS for issue in _number_issues(channel, name)),
    ]
    if issues:
        return None, issues
    return (
        Channel(
            endpoint=channel["endpoint"],
            payload=channel["payload"],
            content=_extension(channel.get("_payload"), "backport-payload-content")["valueCode"],
            headers=headers,
            timeout_seconds=_number(channel, "backport-timeout"),
            heartbeat_seconds=_number(channel, "backport-heartbeat-period"),
            max_count=_number(channel, "backport-max-count"),
        ),
        [],
    )


def extensions(element: Json, name: str) -> list[Json]:
    """The extensions of an element that the backport guide defines under a name."""
    listed = element.get("extension") if isinstance(element, dict) else None
    if not isinstance(listed, list):
        return []
    return [each for each in listed if isinstance(each, dict) and each.get("url") == f"{BACKPORT}/{name}"]


def _type_issues(channel: Json) -> Iterator[Issue]:
    """What is not rest-hook.

    Spec: hl7.fhir.uv.subscriptions_1.1.0@60
    """
    if channel.get("type") != "rest-hook" or extensions(channel.get("_type"), "backport-channel-type"):
        text = "The only channel type of this server is rest-hook; send it without a custom channel type."
        yield Issue("not-supported", text, "Subscription.channel.type")


def _endpoint_issues(channel: Json, policy: EndpointPolicy) -> Iterator[Issue]:
    endpoint = channel.get("endpoint")
    problem = policy.problem_of_url(endpoint) if isinstance(endpoint, str) else "a rest-hook needs its endpoint"
    if problem:
        yield Issue("value", f"{problem[0].upper()}{problem[1:]}.", "Subscription.channel.endpoint")


def _payload_issues(channel: Json, generation: Generation) -> Iterator[Issue]:
    """A form of notifications that is not made here.

    Spec: hl7.fhir.uv.subscriptions_1.1.0@36, hl7.fhir.uv.subscriptions_1.1.0@66, hl7.fhir.uv.subscriptions_1.1.0@90
    """
    payload = channel.get("payload")
    if not isinstance(payload, str) or not _MIME.fullmatch(payload):
        text = "Notifications are sent as application/fhir+json or application/json in FHIR 4.0; name one of them."
        yield Issue("not-supported", text, "Subscription.channel.payload")
    content = _extension(channel.get("_payload"), "backport-payload-content").get("valueCode")
    if content not in CONTENTS[generation]:
        allowed = " or ".join(CONTENTS[generation])
        text = f"On this base backport-payload-content is {allowed}; send one such extension with the payload."
        yield Issue("not-supported", text, "Subscription.channel.payload.extension")


_NUMBERS = {"backport-timeout": 0, "backport-heartbeat-period": 0, "backport-max-count": 1}
"""The extensions of the channel that are numbers, with the least of each."""


def _number_issues(channel: Json, name: str) -> Iterator[Issue]:
    for extension in extensions(channel, name)[:1]:
        number = _value(extension)
        if type(number) is not int or not _NUMBERS[name] <= number <= _LARGEST:
            text = f"{name} must be a whole number of at least {_NUMBERS[name]}."
            yield Issue("value", text, "Subscription.channel.extension")


def _number(channel: Json, name: str) -> int | None:
    """The number of an extension; 0 seconds are as none."""
    return _value(_extension(channel, name)) or None


def _value(extension: Json) -> Json:
    return next((extension[name] for name in ("valueUnsignedInt", "valuePositiveInt") if name in extension), None)


def _extension(element: Json, name: str) -> Json:
    return next(iter(extensions(element, name)), {})
