"""What was requested for an item, as one short text: equal texts mean that nothing about it has changed.

Flags that only say that something changed, and numbers of ours that a client repeats, are no part of it.
"""

from hashlib import sha256

from server.fhir import json
from server.fhir.element import Element
from server.fhir.json import Json
from server.pas.submission import Submission
from server.pas.urls import AUTHORIZATION_NUMBER, INFO_CHANGED, REFERENCE_NUMBER, REQUESTED_SERVICE

_LEFT_OUT = frozenset({INFO_CHANGED, AUTHORIZATION_NUMBER, REFERENCE_NUMBER})


def fingerprint(submission: Submission, item: Element) -> str:
    """The fingerprint of a Claim.item with the order it refers to and the diagnoses it names."""
    wanted = set(item.integers("diagnosisSequence"))
    diagnoses = [
        each.value.get("diagnosisCodeableConcept")
        for each in submission.claim.children("diagnosis")
        if not wanted or each.integer("sequence") in wanted
    ]
    return sha256(json.write([_stripped(item.value), _order(submission, item), diagnoses])).hexdigest()[:32]


def _stripped(item: Json) -> Json:
    kept = {name: value for name, value in sorted(item.items()) if name not in ("extension", "modifierExtension")}
    return {**kept, "extension": [each for each in item.get("extension", ()) if each.get("url") not in _LEFT_OUT]}


def _order(submission: Submission, item: Element) -> Json:
    """The order without its id and meta, which a client may write anew."""
    for found in item.extensions(REQUESTED_SERVICE):
        url = submission.resolve(found.child("valueReference"), submission.claim_url)
        if url:
            resource = submission.resources[url]
            return {name: value for name, value in sorted(resource.items()) if name not in ("id", "meta", "text")}
    return None
