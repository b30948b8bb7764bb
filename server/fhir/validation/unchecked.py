"""Says once which code systems were not checked, because nobody here has their codes.

Spec page: https://hl7.org/fhir/R4/terminologies.html
"""

from server.fhir.json import Json
from server.fhir.terminology.port import Terminology
from server.fhir.validation.finding import Findings

UCUM = "http://unitsofmeasure.org"
"""Units are judged by their grammar."""

_MOST_NAMED = 20


def say_unchecked(resource: Json, terminology: Terminology, place: str, findings: Findings) -> None:
    """Adds one information that names the systems whose codes were not checked; nothing when all of them were.

    A system that no guide names is counted and not repeated, as its url may say anything.
    """
    systems = _unchecked(resource, terminology)
    if not systems:
        return
    named = sorted(filter(terminology.is_published, systems))
    others = len(systems) - len(named[:_MOST_NAMED])
    parts = [
        *named[:_MOST_NAMED],
        *([f"{others} more" if named else f"{others} that no guide names"] if others else []),
    ]
    text = f"The codes of these systems are not known here and were not checked: {', '.join(parts)}."
    findings.information("code-system-unchecked", "not-supported", place, text)


def _unchecked(resource: Json, terminology: Terminology) -> set[str]:
    found: set[str] = set()
    todo = [resource]
    while todo:
        one = todo.pop()
        if type(one) is dict:
            system, code = one.get("system"), one.get("code")
            if (
                type(system) is str
                and type(code) is str
                and system != UCUM
                and not terminology.is_checked(system, code)
            ):
                found.add(system)
            todo.extend(one.values())
        elif type(one) is list:
            todo.extend(one)
    return found
