"""What an imported Patient, Coverage or Organization must have before it may answer for a member.

A wrong member file decides wrongly for real people, so each resource is checked before anything of it is kept. Checks
give one sentence that names the element and never its value: the report of an import may be mailed and pasted.
Spec page: https://hl7.org/fhir/R4/coverage.html
"""

import re

from server.fhir.dates import DateRefused, first_day, interval, last_day
from server.fhir.identifier import identifiers
from server.fhir.json import Json
from server.fhir.reference import type_and_id

TYPES = ("Patient", "Coverage", "Organization")
"""The resource types of a member file."""

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_STATUSES = ("active", "cancelled", "draft", "entered-in-error")


def refusal(resource: Json) -> str | None:
    """Why the resource can't be imported, in one sentence; None when it can."""
    if not isinstance(resource, dict):
        return "The line is no JSON object; write one resource a line."
    if resource.get("resourceType") not in TYPES:
        return f"resourceType is none of {', '.join(TYPES)}; leave other resources out."
    if not isinstance(resource.get("id"), str) or not _ID.fullmatch(resource["id"]):
        return "id is missing or is no FHIR id (1 to 64 of A-Z a-z 0-9 - .)."
    match resource["resourceType"]:
        case "Patient":
            return _identifiers(resource, "Patient") or _birth_date(resource)
        case "Organization":
            return _identifiers(resource, "Organization") or _name(resource)
        case _:
            return _coverage(resource)


def reference_to(element: Json, type: str) -> str | None:
    """The id that a Reference to the type names; None when it names none."""
    reference = element.get("reference") if isinstance(element, dict) else None
    found = type_and_id(reference) if isinstance(reference, str) else None
    return found[1] if found and found[0] == type else None


def payor_ids(coverage: Json) -> tuple[str, ...]:
    """The ids of the Organizations that `Coverage.payor` names."""
    return tuple(found for payor in coverage["payor"] if (found := reference_to(payor, "Organization")))


def _identifiers(resource: Json, type: str) -> str | None:
    listed = resource.get("identifier")
    if not isinstance(listed, list) or not identifiers(listed):
        return f"{type}.identifier has no value; give at least one identifier with a system and a value."
    return None


def _birth_date(patient: Json) -> str | None:
    text = patient.get("birthDate")
    if not isinstance(text, str) or not _is_date(text):
        return "Patient.birthDate is missing or is no date of the calendar (YYYY-MM-DD)."
    return None


def _name(organization: Json) -> str | None:
    if not isinstance(organization.get("name"), str) or not organization["name"].strip():
        return "Organization.name is missing."
    return None


def _coverage(coverage: Json) -> str | None:
    if coverage.get("status") not in _STATUSES:
        return f"Coverage.status is none of {', '.join(_STATUSES)}."
    if reference_to(coverage.get("beneficiary"), "Patient") is None:
        return "Coverage.beneficiary names no Patient; write Patient/ID of a Patient in the file or in the store."
    payors = coverage.get("payor")
    if not isinstance(payors, list) or not payor_ids({"payor": payors}):
        return "Coverage.payor names no Organization; write Organization/ID of one in the file or in the store."
    return _lists(coverage) or _period(coverage.get("period"))


def _lists(coverage: Json) -> str | None:
    for name in ("identifier", "class"):
        if not isinstance(coverage.get(name, []), list):
            return f"Coverage.{name} is no list."
    if not isinstance(coverage.get("subscriberId", ""), str):
        return "Coverage.subscriberId is no string."
    return None


def _period(period: Json) -> str | None:
    if period is None:
        return None
    if not isinstance(period, dict):
        return "Coverage.period is no Period."
    start, end = period.get("start"), period.get("end")
    for name, text in (("start", start), ("end", end)):
        if text is not None and not (isinstance(text, str) and _is_date_time(text)):
            return f"Coverage.period.{name} is no date of the calendar."
    if start and end and first_day(start) > last_day(end):
        return "Coverage.period ends before it starts."
    return None


def _is_date(text: str) -> bool:
    return bool(_DATE.fullmatch(text)) and _is_date_time(text)


def _is_date_time(text: str) -> bool:
    try:
        interval(text)
    except DateRefused:
        return False
    return True
