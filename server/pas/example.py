"""The requests that the documentation shows: whole Bundles that the demo plan really answers.

Its evidence is a few days old, as a policy may want it; so its days are moved to the day on which it is shown.
Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-profile-pas-request-bundle.html
"""

import re
from datetime import date
from importlib.resources import files

from server.fhir import json
from server.fhir.json import Json

_WRITTEN = date(2026, 11, 20)
"""The day of the request in the file."""

_INQUIRED = (
    *("resourceType", "id", "identifier", "status", "type", "use", "patient", "created", "insurer", "provider"),
    *("priority", "insurance"),
)
"""What an inquiry has of the Claim that it asks for."""

_PARTIES = frozenset({"Claim", "Patient", "Coverage", "Organization"})

_DAY = re.compile(rb"202[67]-\d\d-\d\d")


def submit_example(on: date = _WRITTEN) -> Json:
    """A request of the day `on` for home oxygen for a member of the demo plan, with the evidence for it."""
    body = (files("server.pas") / "examples" / "submit-home-oxygen.json").read_bytes()
    moved = on - _WRITTEN
    return json.read(_DAY.sub(lambda day: (date.fromisoformat(day[0].decode()) + moved).isoformat().encode(), body))


def inquire_example(on: date = _WRITTEN) -> Json:
    """An inquiry about all authorizations of the member of `submit_example` for its service."""
    bundle = submit_example(on)
    claim, *others = [entry for entry in bundle["entry"] if entry["resource"]["resourceType"] in _PARTIES]
    asked = {name: claim["resource"][name] for name in _INQUIRED}
    items = [{name: item[name] for name in ("sequence", "productOrService")} for item in claim["resource"]["item"]]
    return {**bundle, "entry": [{**claim, "resource": {**asked, "item": items}}, *others]}
