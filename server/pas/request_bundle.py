"""Parses the body of Claim/$submit into a Submission, and refuses what can't be one, saying where and why.

The checks go from the outside in; each stage may rely on those before it, and a stage reports all that it finds.
Spec page: https://hl7.org/fhir/us/davinci-pas/specification.html#prior-authorization-request
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from server.cases.case import Generation
from server.errors import Issue, Refusal, RequestRefused
from server.fhir.element import Element
from server.fhir.json import Json
from server.fhir.reference import resolve_url
from server.fhir.resource_types import RESOURCE_TYPES
from server.pas.claim_rules import claim_issues
from server.pas.request_references import reference_issues
from server.pas.submission import Submission
from server.pas.survey import faults, survey

_FULL_URL = ("http://", "https://", "urn:uuid:", "urn:oid:")


def read_submission(body: Json, generation: Generation = "2.2") -> Submission:
    """The Submission of a request body: the Bundle itself, or a Parameters with it as the parameter `resource`.

    In PAS 2.0 a Bundle holds one Claim: the prior one is referred to and need not come along.
    Raises RequestRefused with an issue for every fault that was found.
    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-12
    """
    submission = read_bundle(body)
    _refuse(claim_issues(submission))
    return _related(submission, generation)


def read_kept(body: Json) -> Submission:
    """The Submission of a body that `read_submission` took when it came: its rules are not asked again."""
    submission = with_references(read_bundle(body))
    return replace(submission, prior_url=_prior_url(submission))


def read_bundle(body: Json) -> Submission:
    """The Bundle of a request body, its resources by fullUrl and the Claim first; the Claim itself is not looked into.

    Raises RequestRefused with an issue for every fault that was found.
    """
    bundle = _bundle(body)
    _refuse(_envelope_issues(bundle))
    entries = bundle.children("entry")
    _refuse([issue for entry in entries for issue in _entry_issues(entry)])
    urls = [entry.value["fullUrl"] for entry in entries]
    _refuse(_duplicates(entries, urls) or _claim_order_issues(entries))
    return Submission(
        bundle=bundle,
        claim_url=urls[0],
        resources={url: entry.value["resource"] for url, entry in zip(urls, entries, strict=True)},
        places={url: f"{entry.place}.resource" for url, entry in zip(urls, entries, strict=True)},
        references={},
    )


def with_references(submission: Submission) -> Submission:
    """The Submission with the references of its resources.

    Raises RequestRefused with an issue for every malformed date, period or reference in them.
    """
    surveys = {url: survey(resource) for url, resource in submission.resources.items()}
    faulty = [url for url, found in surveys.items() if found.faulty]
    _refuse(issue for url in faulty for issue in faults(submission.resources[url], submission.places[url]))
    return replace(submission, references={url: found.references for url, found in surveys.items()})


def _related(submission: Submission, generation: Generation) -> Submission:
    prior = _prior_url(submission)
    related = replace(with_references(submission), prior_url=prior)
    _refuse(reference_issues(related, prior_may_be_elsewhere=generation == "2.0"))
    second = [
        url
        for url, resource in submission.resources.items()
        if resource["resourceType"] == "Claim" and url not in (submission.claim_url, prior)
    ]
    rule = "is a second Claim that the first one does not name as its prior (Claim.related); send one Claim per Bundle"
    _refuse(Issue("invalid", f"{submission.places[url]} {rule}.", submission.places[url]) for url in second)
    return related


def _prior_url(submission: Submission) -> str | None:
    for related in submission.claim.children("related"):
        reference = related.child("claim")
        text = reference.text("reference") if reference else None
        if text:
            return resolve_url(text, submission.claim_url)
    return None


def _bundle(body: Json) -> Element:
    if not isinstance(body, dict) or not isinstance(body.get("resourceType"), str):
        rule = "The body must be a FHIR resource: a JSON object with resourceType Bundle"
        raise RequestRefused(Refusal.MALFORMED, [Issue("structure", f"{rule}.", "resourceType")])
    if body["resourceType"] == "Parameters":
        parameters = Element(body, "Parameters").children("parameter")
        found = [each.child("resource") for each in parameters if each.text("name") == "resource"]
        if len(found) == 1 and found[0] and found[0].value.get("resourceType") == "Bundle":
            return found[0]
        rule = "must hold exactly one parameter named resource whose resource is a Bundle"
        raise RequestRefused(Refusal.MALFORMED, [Issue("structure", f"Parameters {rule}.", "Parameters.parameter")])
    if body["resourceType"] != "Bundle":
        rule = "The body must be a Bundle, or Parameters with a Bundle as the parameter resource"
        raise RequestRefused(Refusal.MALFORMED, [Issue("structure", f"{rule}.", "resourceType")])
    return Element(body, "Bundle")


def _envelope_issues(bundle: Element) -> list[Issue]:
    """Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-23."""
    issues = []
    if bundle.text("type") != "collection":
        issues.append(bundle.issue("must be collection", "type", "value"))
    identifier = bundle.child("identifier")
    if identifier is None or not identifier.text("value"):
        issues.append(bundle.issue("is required, with a value", "identifier", "required"))
    elif identifier.value.get("system") is not None:
        identifier.text("system")
    timestamp = bundle.text("timestamp")
    if timestamp is None:
        issues.append(bundle.issue("is required", "timestamp", "required"))
    elif bundle.days("timestamp") and "T" not in timestamp:
        issues.append(bundle.issue("must be an instant: a date with time and zone", "timestamp", "value"))
    if not bundle.children("entry"):
        issues.append(bundle.issue("is required: the Claim first, then all that it refers to", "entry", "required"))
    return issues


def _entry_issues(entry: Element) -> list[Issue]:
    """Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-16."""
    url = entry.text("fullUrl")
    if url is None or not url.startswith(_FULL_URL):
        rule = "is required: the URL of the resource at its server, or urn:uuid: with a UUID"
        return [entry.issue(rule, "fullUrl", "required" if url is None else "value")]
    resource = entry.child("resource")
    if resource is None:
        return [entry.issue("is required", "resource", "required")]
    kind = resource.text("resourceType")
    if kind is None:
        return [resource.issue("is required", "resourceType", "required")]
    if kind not in RESOURCE_TYPES:
        return [resource.issue("must be the name of a resource type of FHIR R4", "resourceType", "value")]
    resource.text("id")
    return []


def _duplicates(entries: Sequence[Element], urls: Sequence[str]) -> list[Issue]:
    """Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-14."""
    seen: set[str] = set()
    issues = []
    for entry, url in zip(entries, urls, strict=True):
        if url in seen:
            rule = "is the same as of an entry before; every resource must be in the Bundle once"
            issues.append(entry.issue(rule, "fullUrl", "duplicate"))
        seen.add(url)
    return issues


def _claim_order_issues(entries: Sequence[Element]) -> list[Issue]:
    claims = [entry for entry in entries if entry.value["resource"]["resourceType"] == "Claim"]
    if not claims:
        rule = "must hold the Claim that asks for the authorization, as its first entry"
        return [Issue("required", f"The Bundle {rule}.", entries[0].place.removesuffix("[0]"))]
    if claims[0] is not entries[0]:
        return [entries[0].issue("must be the Claim that asks for the authorization", "resource", "invalid")]
    if len(claims) > 2:
        return [claims[2].issue("is a third Claim; a Bundle holds the Claim and at most its prior one", "resource")]
    return []


def _refuse(issues: Iterable[Issue]) -> None:
    found = list(issues)
    if found:
        raise RequestRefused(Refusal.INVALID, found)
