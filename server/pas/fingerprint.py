"""What was requested for an item, as one short text: equal texts mean that nothing about it has changed.

Flags that only say that something changed, and numbers of ours that a client repeats, are no part of it.
"""

from hashlib import sha256

from server.fhir import json
from server.fhir.element import Element
from server.fhir.json import Json
from server.pas.parties import party_identifiers
from server.pas.submission import Submission
from server.pas.urls import (
    AUTHORIZATION_NUMBER,
    INFO_CHANGED,
    ITEM_TRACE_NUMBER,
    REFERENCE_NUMBER,
    REQUESTED_SERVICE,
)

_LEFT_OUT = frozenset({INFO_CHANGED, AUTHORIZATION_NUMBER, REFERENCE_NUMBER, ITEM_TRACE_NUMBER})
_POINTERS = frozenset({"diagnosisSequence", "careTeamSequence", "informationSequence"})
"""Numbers of parts of the Claim: what they point to counts, and new evidence changes nothing about the request."""


def fingerprint(submission: Submission, item: Element) -> str:
    """The fingerprint of a Claim.item with the order it refers to, the diagnoses and the providers that it names."""
    parts = [_stripped(item.value), _order(submission, item), _diagnoses(submission, item), _team(submission, item)]
    return sha256(json.write_sorted(parts)).hexdigest()[:32]


def _stripped(item: Json) -> Json:
    left_out = {"extension", "modifierExtension", *_POINTERS}
    kept = {name: value for name, value in item.items() if name not in left_out}
    return {**kept, "extension": [each for each in item.get("extension", ()) if each.get("url") not in _LEFT_OUT]}


def _order(submission: Submission, item: Element) -> Json:
    """The order without its id and meta, which a client may write anew."""
    for found in item.extensions(REQUESTED_SERVICE):
        url = submission.resolve(found.child("valueReference"), submission.claim_url)
        if url:
            resource = submission.resources[url]
            return {name: value for name, value in resource.items() if name not in ("id", "meta", "text")}
    return None


def _diagnoses(submission: Submission, item: Element) -> list[Json]:
    wanted = set(item.integers("diagnosisSequence"))
    return [
        each.value.get("diagnosisCodeableConcept")
        for each in submission.claim.children("diagnosis")
        if not wanted or each.integer("sequence") in wanted
    ]


def _team(submission: Submission, item: Element) -> list[Json]:
    """Role and identifiers of each provider that the item names: an authorization is given to providers."""
    wanted = set(item.integers("careTeamSequence"))
    members = [each for each in submission.claim.children("careTeam") if each.integer("sequence") in wanted]
    urls = (submission.resolve(member.child("provider"), submission.claim_url) for member in members)
    return [
        [
            member.value.get("role"),
            [[each.system, each.value] for each in (party_identifiers(submission, url) if url else ())],
        ]
        for member, url in zip(members, urls, strict=True)
    ]
