"""Finds the coverage of ours that a package is asked for. Unlike a hook, this operation refuses where there is none.

Spec page: https://hl7.org/fhir/us/davinci-dtr/STU2.2/specification.html
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from server.errors import Issue, Refusal, RequestRefused
from server.fhir.identifier import Identifier, identifier, identifiers
from server.fhir.json import Json
from server.fhir.lenient import obj, objects, reference, text
from server.members.port import Enrolment, MemberQuery, Members

_COVERAGE = "Parameters.parameter.where(name = 'coverage').resource"


async def enrolment_for(
    members: Members, coverage: Json, referenced: Mapping[str, Json], days: Iterable[date]
) -> Enrolment:
    """The enrolment that the Coverage names, in force on the first of the days that one is in force on.

    Raises RequestRefused (404, 422) when the payer is another, no member has the numbers, or nothing is in force.
    Spec: hl7.fhir.us.davinci-dtr_2.2.0@spec-130
    """
    payer = tuple(_payer(coverage, referenced))
    membership = await members.find(MemberQuery(_numbers(coverage), payer))
    if not membership.payer_is_ours:
        sentence = "The coverage is with another payer; ask that payer for its forms."
        raise _refused(Refusal.UNPROCESSABLE, "business-rule", sentence, f"{_COVERAGE}.payor")
    if not membership.enrolments:
        sentence = "No member has the subscriberId and identifiers of the coverage; check them on the insurance card."
        raise _refused(Refusal.NOT_FOUND, "not-found", sentence, _COVERAGE)
    for day in days:
        if in_force := [found for found in membership.enrolments if found.period.contains(day)]:
            return _of_class(coverage, in_force)
    sentence = "The member has no coverage in force on the day of the service; check the coverage."
    raise _refused(Refusal.UNPROCESSABLE, "business-rule", sentence, _COVERAGE)


def _numbers(coverage: Json) -> tuple[Identifier, ...]:
    subscriber = text(coverage.get("subscriberId"))
    beneficiary = identifier(obj(coverage.get("beneficiary")).get("identifier"))
    named = [Identifier(None, subscriber)] if subscriber else []
    named += [*identifiers(objects(coverage.get("identifier"))), *([beneficiary] if beneficiary else [])]
    return tuple(dict.fromkeys(named))


def _payer(coverage: Json, referenced: Mapping[str, Json]) -> Iterator[Identifier]:
    contained = {f"#{found.get('id')}": found for found in objects(coverage.get("contained"))}
    for payor in objects(coverage.get("payor")):
        if found := identifier(payor.get("identifier")):
            yield found
        target = reference(payor) or ""
        organization = contained.get(target) or referenced.get(target)
        yield from identifiers(objects(obj(organization).get("identifier")))


def _of_class(coverage: Json, enrolments: list[Enrolment]) -> Enrolment:
    """The enrolment whose line of business a class of the Coverage names, else the first."""
    classes = {text(element.get("value")) for element in objects(coverage.get("class"))}
    return next((found for found in enrolments if found.line_of_business in classes), enrolments[0])


def _refused(refusal: Refusal, code: str, sentence: str, expression: str) -> RequestRefused:
    return RequestRefused(refusal, [Issue(code, sentence, expression)])
