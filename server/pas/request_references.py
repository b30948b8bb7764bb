"""Every reference that can be reached from the Claim must lead to exactly one resource of the Bundle.

Cycles are legal in FHIR: each resource is visited once, however many others refer to it.
Spec page: https://hl7.org/fhir/us/davinci-pas/specification.html#prior-authorization-request
"""

from collections.abc import Iterator

from server.errors import Issue
from server.fhir.json import Json
from server.pas.submission import Submission
from server.pas.survey import places, survey

_RULE = "must refer to a resource of this Bundle by its fullUrl; add the resource or correct the reference"


def reference_issues(submission: Submission, *, prior_may_be_elsewhere: bool = False) -> Iterator[Issue]:
    """An issue for every dangling reference.

    The prior Claim's own `related` is not followed: the Claim before the prior one must not be in the Bundle.
    `prior_may_be_elsewhere` lets the focal Claim follow one that is not in it either.
    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-13
    """
    seen, waiting = {submission.claim_url}, [submission.claim_url]
    while waiting:
        url = waiting.pop()
        resource = submission.resources[url]
        found = submission.references[url]
        is_focal = url == submission.claim_url
        if resource["resourceType"] == "Claim" and (prior_may_be_elsewhere or not is_focal):
            resource = {key: value for key, value in resource.items() if key != "related"}
            found = survey(resource).references
        dangling = set()
        for reference in found:
            target = submission.target(reference, url)
            if target in submission.resources:
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
            elif not _is_contained(reference, resource):
                dangling.add(reference)
        if dangling:
            at = submission.places[url]
            yield from (Issue("not-found", f"{e} {_RULE}.", e) for e in places(resource, at, frozenset(dangling)))


def _is_contained(reference: str, resource: Json) -> bool:
    if not reference.startswith("#"):
        return False
    contained = resource.get("contained")
    known = contained if isinstance(contained, list) else []
    return reference == "#" or any(isinstance(each, dict) and each.get("id") == reference[1:] for each in known)
