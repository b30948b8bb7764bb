"""What follows a request: the update of it and the inquiry about it, made of the fixture of the request.

So a change of that fixture reaches all three. Marks: `@FRESH@` is of the request, `@NEXT@` of what follows it.
"""

from copy import deepcopy
from typing import Any

Json = Any
PRIOR = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship", "code": "prior"}],
}
_INQUIRED = ("resourceType", "id", "meta", "identifier", "status", "type", "use", "patient", "created", "insurer")
_INQUIRED_TOO = ("provider", "priority", "insurance")
_PARTIES = frozenset({"Claim", "Patient", "Coverage", "Organization"})
_PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition"


def update_of(request: Json) -> Json:
    """The request with an item more, as an update of it, which it encloses."""
    bundle = _named_anew(request)
    before, claim = request["entry"][0], bundle["entry"][0]["resource"]
    claim["meta"] = {"profile": [f"{_PAS}/profile-claim-update"]}
    claim["related"] = [{"claim": {"reference": "Claim/@FRESH@"}, "relationship": PRIOR}]
    added = deepcopy(claim["item"][0]) | {"sequence": 2}
    for extension in added["extension"]:
        if extension["url"].endswith("itemTraceNumber"):
            extension["valueIdentifier"]["value"] = "@NEXT@"
    added["extension"].append({"url": f"{_PAS}/extension-infoChanged", "valueCode": "added"})
    claim["item"].append(added)
    bundle["entry"].append(before)
    return bundle


def inquiry_about(request: Json) -> Json:
    """An inquiry about all authorizations of the request's member."""
    bundle = _named_anew(request)
    claim = bundle["entry"][0]["resource"]
    asked = {name: claim[name] for name in (*_INQUIRED, *_INQUIRED_TOO)}
    asked["meta"] = {"profile": [f"{_PAS}/profile-claim-inquiry"]}
    asked["item"] = [{name: claim["item"][0][name] for name in ("sequence", "category", "productOrService")}]
    bundle["meta"] = {"profile": [f"{_PAS}/profile-pas-inquiry-request-bundle"]}
    bundle["entry"][0]["resource"] = asked
    bundle["entry"] = [each for each in bundle["entry"] if each["resource"]["resourceType"] in _PARTIES]
    return bundle


def _named_anew(request: Json) -> Json:
    bundle = deepcopy(request)
    bundle["identifier"]["value"] = "@NEXT@"
    entry = bundle["entry"][0]
    entry["fullUrl"] = "https://ehr.example/fhir/Claim/@NEXT@"
    entry["resource"]["id"] = "@NEXT@"
    entry["resource"]["identifier"][0]["value"] = "@NEXT@"
    return bundle
