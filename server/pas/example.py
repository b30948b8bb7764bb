"""The request that the documentation of Claim/$submit shows: a whole Bundle that the demo plan really answers.

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

_DAY = re.compile(rb"202[67]-\d\d-\d\d")


def submit_example(on: date = _WRITTEN) -> Json:
    """A request of the day `on` for home oxygen for a member of the demo plan, with the evidence for it."""
    body = (files("server.pas") / "examples" / "submit-home-oxygen.json").read_bytes()
    moved = on - _WRITTEN
    return json.read(_DAY.sub(lambda day: (date.fromisoformat(day[0].decode()) + moved).isoformat().encode(), body))
