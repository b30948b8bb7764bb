"""Reads a Subscription that a client asks for.

Spec page: https://hl7.org/fhir/us/davinci-pas/STU2.2/StructureDefinition-profile-subscription.html
"""

from dataclasses import dataclass
from datetime import datetime

from server.cases.case import Generation
from server.errors import Issue, Refusal, RequestRefused
from server.fhir.dates import DateRefused, interval
from server.fhir.json import Json
from server.notification.endpoint import EndpointPolicy
from server.notification.filters import NAMES, FilterRefused, read_criteria
from server.notification.subscription import Channel
from server.notification.topic import TOPIC
from server.subscriptions.channel import extensions, read_channel
from server.subscriptions.cross_version import cross_version_issues

MAX_FILTER_VALUES = 200
"""Values that the filters of one Subscription may name together."""

_NARROW = (
    f"Full resources are sent for the requests of one organization: add a backport-filter-criteria {NAMES[0]}=[value]."
)
"""Without it anyone would be sent what is known of everyone's patients."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client asks for."""

    channel: Channel
    filters: tuple[tuple[str, ...], ...]
    ends: datetime | None
    """When it is to be turned off. An end that lies in the past can't be meant, so it is as none."""
    off: bool


def read_asked(resource: Json, generation: Generation, policy: EndpointPolicy, now: datetime) -> Asked:
    """What is asked for. Raises RequestRefused with all that this server would not do.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-57, hl7.fhir.uv.subscriptions_1.1.0@63
    """
    channel, issues = read_channel(resource.get("channel"), generation, policy)
    filters, refused = _filters(resource, other_types=generation == "2.0")
    ends, unreadable = _end(resource, now)
    issues = [*_topic_issues(resource), *refused, *issues, *unreadable, *cross_version_issues(resource, "Subscription")]
    if channel and channel.content == "full-resource" and not filters and not issues:
        issues.append(Issue("required", _NARROW, "Subscription.criteria"))
    if issues or channel is None:
        raise RequestRefused(Refusal.UNPROCESSABLE, issues)
    return Asked(channel, filters, ends, resource.get("status") == "off")


def _topic_issues(resource: Json) -> list[Issue]:
    """A topic that is not ours.

    Spec: hl7.fhir.uv.subscriptions_1.1.0@8, hl7.fhir.uv.subscriptions_1.1.0@75
    """
    criteria = resource.get("criteria")
    if isinstance(criteria, str) and criteria.partition("|")[0] == TOPIC:
        return []
    return [Issue("not-supported", f"The only topic of this server is {TOPIC}.", "Subscription.criteria")]


def _filters(resource: Json, *, other_types: bool) -> tuple[tuple[tuple[str, ...], ...], list[Issue]]:
    """The conditions of all filters.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-58, hl7.fhir.uv.subscriptions_1.1.0@9
    """
    conditions: list[tuple[str, ...]] = []
    issues: list[Issue] = []
    for position, extension in enumerate(extensions(resource.get("_criteria"), "backport-filter-criteria")):
        where = f"Subscription.criteria.extension[{position}]"
        text = extension.get("valueString")
        try:
            conditions += read_criteria(text if isinstance(text, str) else "", other_types=other_types)
        except FilterRefused as refused:
            issues.append(Issue("not-supported", f"The filter can't be applied: {refused}.", where))
    if sum(map(len, conditions)) > MAX_FILTER_VALUES:
        text = f"The filters name more than {MAX_FILTER_VALUES} values; use several Subscriptions."
        issues.append(Issue("too-costly", text, "Subscription.criteria"))
    return tuple(conditions), issues


def _end(resource: Json, now: datetime) -> tuple[datetime | None, list[Issue]]:
    end = resource.get("end")
    if end is None:
        return None, []
    try:
        moment = interval(end).low if isinstance(end, str) else None
    except DateRefused:
        moment = None
    if moment is None:
        return None, [Issue("value", "The end must be an instant with a time zone.", "Subscription.end")]
    return (moment if moment > now else None), []
