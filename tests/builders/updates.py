"""Claims that follow one before them: updates, cancels, renewals and extensions; a test states only what matters."""

from typing import Any

from tests.builders.claims import PAS, X12, a_claim, a_concept, a_request_bundle

Json = Any
PRIOR = a_concept("http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship", "prior")
CANCELLED = {"url": f"{PAS}/modifierextension-infoCancelled", "valueBoolean": True}


def certification(code: str) -> Json:
    """The extension certificationType."""
    return {"url": f"{PAS}/extension-certificationType", "valueCodeableConcept": a_concept(f"{X12}/1322", code)}


def marked(item: Json, *extensions: Json, cancelled: bool = False) -> Json:
    """The item with further extensions; of one url the last counts."""
    urls = {each["url"] for each in extensions}
    kept = [each for each in item["extension"] if each["url"] not in urls]
    flag = {"modifierExtension": [CANCELLED]} if cancelled else {}
    return {**item, "extension": [*kept, *extensions], **flag}


def an_update(*items: Json, id: str = "claim-2", of: str = "claim-1", **elements: Json) -> Json:
    """A Bundle that updates a Claim, with the prior Claim in it."""
    related = [{"claim": {"reference": f"Claim/{of}"}, "relationship": PRIOR}]
    return a_request_bundle(a_claim(*items, id=id, related=related, **elements), a_claim(id=of))
