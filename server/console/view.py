"""What the pages show of a case and of a demo member, as plain values: templates hold no rule."""

from server.cases.outcome import outcome_word
from server.fhir.identifier import identifiers
from server.fhir.json import Json
from server.members.record import Person, tags


def case_line(case: Json) -> dict[str, object]:
    """A case as one line: what was asked, what was decided, the first reason."""
    items = case["items"]
    return {
        "id": case["id"],
        "received": readable(case["received"]),
        "state": case["state"],
        "line_of_business": case["line_of_business"],
        "items": [
            {"code": item["codes"][0]["code"] if item["codes"] else "no code", "outcome": outcome_word(item)}
            for item in items
        ],
        "numbers": [item["authorization_number"] for item in items if item["authorization_number"]],
        "why": _why(case),
    }


def readable(moment: str) -> str:
    """A FHIR instant of ours for people: `2026-11-20 15:00 UTC`."""
    return f"{moment[:10]} {moment[11:16]} UTC"


def demo_member(person: Person, story_system: str) -> dict[str, object]:
    """A demo member with what to try."""
    patient = person.patient
    stories = [tag.get("display", "") for tag in tags(patient) if tag.get("system") == story_system]
    return {
        "numbers": [named.value for named in identifiers(patient["identifier"])],
        "name": _name(patient),
        "birth_date": patient.get("birthDate", ""),
        "coverages": [_coverage_line(coverage) for coverage in person.coverages.values()],
        "story": " ".join(stories),
    }


def _name(patient: Json) -> str:
    """The first name; what an imported file holds is not checked beyond what decides."""
    names = patient.get("name")
    first = names[0] if isinstance(names, list) and names else None
    if not isinstance(first, dict):
        return ""
    given = first.get("given")
    return " ".join(
        str(part) for part in (*(given if isinstance(given, list) else ()), first.get("family", "")) if part
    )


def _why(case: Json) -> str:
    reasons = [str(reason["text"]) for item in case["items"] for reason in item["explanation"]["reasons"]]
    said = [str(error.get("text") or error.get("code")) for error in case["errors"]] + reasons
    further = f" (and {len(said) - 1} more)" if len(said) > 1 else ""
    return f"{said[0]}{further}" if said else ""


def _coverage_line(coverage: Json) -> str:
    names = [str(element.get("value", "")) for element in coverage.get("class") or () if isinstance(element, dict)]
    period = coverage.get("period") or {}
    ended = f" to {period['end']}" if period.get("end") else ""
    return f"{', '.join(names) or 'no plan named'} from {period.get('start', 'any day')}{ended}"
