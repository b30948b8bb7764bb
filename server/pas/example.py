"""The request that the documentation of Claim/$submit shows: a whole Bundle that the demo plan really answers.

Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-profile-pas-request-bundle.html
"""

from importlib.resources import files

from server.fhir import json
from server.fhir.json import Json


def submit_example() -> Json:
    """A request for home oxygen for a member of the demo plan, with the evidence for it."""
    return json.read((files("server.pas") / "examples" / "submit-home-oxygen.json").read_bytes())
