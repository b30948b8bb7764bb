"""What makes an item of an update another request than before, and what does not."""

from collections.abc import Callable
from typing import Any

import pytest

from server.pas.fingerprint import fingerprint
from server.pas.request_bundle import read_submission
from tests.builders.claims import HCPCS, ICD10CM, PAS, X12, a_claim, a_concept, a_request_bundle, an_item

Json = Any

TEAM = {
    "sequence": 1,
    "provider": {"reference": "Organization/provider-1"},
    "role": a_concept(f"{X12}/98", "SJ"),
}
DIAGNOSES = [
    {"sequence": 1, "diagnosisCodeableConcept": a_concept(ICD10CM, "E11.9")},
    {"sequence": 2, "diagnosisCodeableConcept": a_concept(ICD10CM, "I10")},
]


def a_mark(item: Json, **claim: Json) -> str:
    """The fingerprint of the one item of a Claim."""
    written = {**a_claim(item), "careTeam": [TEAM], "diagnosis": DIAGNOSES, **claim}
    submission = read_submission(a_request_bundle(written))
    return fingerprint(submission, submission.claim.children("item")[0])


def an_ordered_item(**elements: Json) -> Json:
    """An item with a provider of the care team."""
    return an_item(**{"careTeamSequence": [1], **elements})


def with_extension(name: str, **value: Json) -> Json:
    """The item with one more extension."""
    item = an_ordered_item()
    return {**item, "extension": [*item["extension"], {"url": f"{PAS}/extension-{name}", **value}]}


def under_another_trace() -> Json:
    """The item with another trace number."""
    item = an_ordered_item()
    trace, *others = item["extension"]
    return {**item, "extension": [{**trace, "valueIdentifier": {"system": "urn:x", "value": "T-2"}}, *others]}


@pytest.mark.parametrize(
    "again",
    [
        an_ordered_item(),
        dict(reversed(an_ordered_item().items())),
        an_ordered_item(productOrService={"coding": [{"code": "A4253", "system": HCPCS}]}),
        an_ordered_item(informationSequence=[1]),
        with_extension("infoChanged", valueCode="changed"),
        with_extension("authorizationNumber", valueString="PA1"),
        with_extension("administrationReferenceNumber", valueString="RN1"),
        under_another_trace(),
    ],
)
def test_the_same_request_has_the_same_fingerprint(again: Json) -> None:
    info = [{"sequence": 1, "category": a_concept(f"{PAS}/x", "additionalInformation")}]

    assert a_mark(again, supportingInfo=info) == a_mark(an_ordered_item())


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-71")
@pytest.mark.parametrize(
    "other",
    [
        lambda: a_mark(an_ordered_item(code="E1390")),
        lambda: a_mark(an_ordered_item(quantity={"value": 2})),
        lambda: a_mark(an_ordered_item(servicedDate="2026-11-24")),
        lambda: a_mark(an_ordered_item(diagnosisSequence=[2])),
        lambda: a_mark(an_ordered_item(careTeamSequence=None)),
        lambda: a_mark(an_ordered_item(), careTeam=[{**TEAM, "role": a_concept(f"{X12}/98", "DK")}]),
        lambda: a_mark(an_ordered_item(), careTeam=[{**TEAM, "provider": {"reference": "Organization/insurer-1"}}]),
        lambda: a_mark(with_extension("certificationType", valueCodeableConcept=a_concept(f"{X12}/1322", "R"))),
    ],
)
def test_what_was_changed_has_another_fingerprint(other: Callable[[], str]) -> None:
    assert other() != a_mark(an_ordered_item())


def test_a_diagnosis_counts_by_its_code_and_not_by_its_number() -> None:
    swapped = [{**DIAGNOSES[0], "sequence": 2}, {**DIAGNOSES[1], "sequence": 1}]

    assert a_mark(an_ordered_item(diagnosisSequence=[2]), diagnosis=swapped) == a_mark(an_ordered_item())
