"""What the payer knows when it fills a form: what the client sent now or with the hook, and authorizations on file.

The member file is not shown: a request names a member by a number alone, and a name or a birth date given back would
tell the requester what it did not know. Answers of earlier cases are left out for the same reason.
Spec page: https://hl7.org/fhir/us/davinci-dtr/STU2.2/specification.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from server.decision.facts import Facts
from server.decision.request import Code
from server.dtr.decide import AskedOrder
from server.fhir.identifier import identifiers
from server.fhir.json import Json
from server.fhir.lenient import objects, text, texts
from server.fhir.reference import type_and_id


@dataclass(frozen=True, slots=True)
class Known:
    """Facts and things that forms ask for. `texts` are by the sources of `content.forms.KNOWN_SOURCES`."""

    facts: Facts = Facts()
    reasons: tuple[Code, ...] = ()
    """Codes that the orders give as their reasons."""
    ordered: tuple[Code, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)


def known_of(orders: tuple[AskedOrder, ...], coverage: Json, patient: Json, facts: Facts, today: date) -> Known:
    """What is known for the forms of the orders. `patient` is the Patient that the client sent, None without one.

    Spec: hl7.fhir.us.davinci-dtr_2.2.0@spec-40
    """
    items = [each.item for each in orders if each.item]
    ordered = tuple(dict.fromkeys(code for item in items for code in item.codes))
    found = {
        "member-number": _member_number(coverage),
        "patient-name": _name(patient),
        "patient-birth-date": _day((patient or {}).get("birthDate")),
        "order-date": next((day for each in orders if (day := _day(each.order.resource.get("authoredOn")))), None),
        "authorization-on-file": _authorization(facts, ordered, today),
    }
    return Known(
        facts=facts,
        reasons=tuple(code for item in items for code in item.diagnoses),
        ordered=ordered,
        texts={source: value for source, value in found.items() if value},
    )


def patient_of(subject: Json, sent: Mapping[str, Json]) -> Json:
    """The Patient that the subject refers to, where the client sent it."""
    named = type_and_id(subject.get("reference") or "")
    return sent.get(f"{named[0]}/{named[1]}") if named and named[0] == "Patient" else None


def _member_number(coverage: Json) -> str | None:
    named = identifiers(objects(coverage.get("identifier")))
    return text(coverage.get("subscriberId")) or (named[0].value if named else None)


def _name(patient: Json) -> str | None:
    """The official name, else the first, as a person reads it."""
    names = objects((patient or {}).get("name"))
    name = next((each for each in names if each.get("use") == "official"), names[0] if names else {})
    return (
        text(name.get("text")) or " ".join([*texts(name.get("given")), text(name.get("family")) or ""]).strip() or None
    )


def _day(value: Json) -> str | None:
    """The day of a dateTime; a partial date is no day."""
    found = (text(value) or "")[:10]
    try:
        return date.fromisoformat(found).isoformat() if len(found) == 10 else None
    except ValueError:
        return None


def _authorization(facts: Facts, ordered: tuple[Code, ...], today: date) -> str | None:
    """The newest authorization on file that is valid today for something that is ordered."""
    wanted = set(ordered)
    fitting = (found for found in facts.authorized if wanted & set(found.codes) and found.valid.contains(today))
    return next((found.number for found in fitting), None)
