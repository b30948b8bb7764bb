"""The answer to an inquiry: Parameters with a Bundle for each case in PAS 2.2, one Bundle with all in PAS 2.0.

Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-profile-pas-inquiry-response-bundle.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from server.cases.case import Generation
from server.clock import Ids, instant
from server.errors import Issue
from server.fhir.json import Json
from server.fhir.outcome import operation_outcome
from server.pas.answer import Answer
from server.pas.answering import current_answer
from server.pas.business_error import BusinessError
from server.pas.inquiry_match import Kept
from server.pas.inquiry_request import Inquiry
from server.pas.rendering import render
from server.pas.urls import DATA_ABSENT_REASON, profile


@dataclass(frozen=True, slots=True)
class Result:
    """What an inquiry found: cases, or why nothing can be looked for."""

    kept: tuple[Kept, ...] = ()
    """The newest first."""
    has_more: bool = False
    suppressed: tuple[str, ...] = ()
    """Telephone numbers of the plans whose sensitive authorizations are withheld; empty: nothing is withheld."""
    errors: tuple[BusinessError, ...] = ()


def inquiry_answer(
    result: Result, inquiry: Inquiry, *, generation: Generation, base: str, at: datetime, ids: Ids
) -> Json:
    """The resource that the operation returns.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-49
    """
    bundles = [_rendered(_current(kept, generation, base, ids), at) for kept in result.kept]
    if result.errors:
        bundles.append(_unkept(_own(inquiry, result.errors, generation, base, at, ids), at))
    issues = list(_issues(result, generation))
    notes = [_outcome_entry(issues, ids)] if issues else []
    match generation:
        case "2.2":
            own = _own(inquiry, (), generation, base, at, ids)
            return _parameters(bundles or [_nothing(own, result, at)] if notes else bundles, notes)
        case "2.0":
            return _one_bundle(bundles, notes, at, ids)
        case _:
            assert_never(generation)


def _current(kept: Kept, generation: Generation, base: str, ids: Ids) -> Answer:
    """The current answer of a case: the ClaimResponse that its requester was given last, for whoever asks now."""
    case = kept.case
    return current_answer(
        case,
        kept.submission,
        case.answer.created or case.updated,
        purpose="inquiry",
        bundle_id=ids.new_id(),
        generation=generation,
        base=base,
    )


def _own(
    inquiry: Inquiry, errors: Sequence[BusinessError], generation: Generation, base: str, at: datetime, ids: Ids
) -> Answer:
    """An answer to the inquiry itself, where there is no case to answer with."""
    return Answer(
        submission=inquiry.submission,
        items=(),
        errors=errors,
        created=at,
        base=base,
        bundle_id=ids.new_id(),
        claim_response_id=ids.new_id(),
        generation=generation,
        purpose="inquiry",
    )


def _unkept(answer: Answer, at: datetime) -> Json:
    """The Bundle of an answer that is kept nowhere: its ClaimResponse has no URL of ours, which would lead nowhere."""
    bundle = _rendered(answer, at)
    first, *others = bundle["entry"]
    return {**bundle, "entry": [{**first, "fullUrl": f"urn:uuid:{answer.claim_response_id}"}, *others]}


def _parameters(bundles: Sequence[Json], notes: Sequence[Json]) -> Json:
    """A `return` for each case. What is to be told is told in the last one, for the parameter holds Bundles only.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-46
    """
    written = list(bundles)
    if notes:
        written[-1] = {**written[-1], "entry": [*written[-1]["entry"], *notes]}
    parameters = [{"name": "return", "resource": bundle} for bundle in written]
    return {"resourceType": "Parameters", **({"parameter": parameters} if parameters else {})}


def _nothing(own: Answer, result: Result, at: datetime) -> Json:
    """A Bundle for a warning alone: its profile wants a ClaimResponse first, which says here why it is about no Claim.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-44
    """
    bundle = _unkept(own, at)
    first, *others = bundle["entry"]
    reason = "masked" if result.suppressed else "unknown"
    absent = {"extension": [{"url": DATA_ABSENT_REASON, "valueCode": reason}]}
    return {**bundle, "entry": [{**first, "resource": {**first["resource"], "request": absent}}, *others]}


def _one_bundle(bundles: Sequence[Json], notes: Sequence[Json], at: datetime, ids: Ids) -> Json:
    """One Bundle with each resource once: cases share their Patient and Organizations, and the newest content counts.

    Spec: hl7.fhir.us.davinci-pas_2.0.1@131
    """
    found = {entry["fullUrl"]: entry for bundle in reversed(bundles) for entry in bundle["entry"]}
    first = {bundle["entry"][0]["fullUrl"]: bundle["entry"][0] for bundle in bundles}
    others = [entry for url, entry in found.items() if url not in first]
    id = ids.new_id()
    return {
        "resourceType": "Bundle",
        "id": id,
        "meta": {"profile": [profile("pas-inquiry-response-bundle")]},
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{id}"},
        "type": "collection",
        "timestamp": instant(at),
        "entry": [*first.values(), *others, *notes],
    }


def _rendered(answer: Answer, at: datetime) -> Json:
    """The Bundle of an answer as of now, whenever the answer itself was made."""
    return {**render(answer), "timestamp": instant(at)}


def _issues(result: Result, generation: Generation) -> Iterator[Issue]:
    for phone in result.suppressed:
        text = (
            "Some prior authorizations of the member are not shown here. A provider who orders or renders the service "
            f"finds them by naming its NPI in the care team, or by their number; others may call {phone}."
        )
        yield Issue("suppressed", text, severity="warning")
    if result.has_more:
        text = (
            "Only the newest prior authorizations were looked at. Name the number of the one that is looked for, "
            "or its service and dates."
        )
        yield Issue("incomplete", text, severity="warning")
    if generation == "2.0" and not (result.kept or result.errors or result.suppressed):
        text = "No prior authorization matches that this requester may see. Name fewer criteria, or its number."
        yield Issue("not-found", text, severity="information")


def _outcome_entry(issues: Sequence[Issue], ids: Ids) -> Json:
    id = ids.new_id()
    return {"fullUrl": f"urn:uuid:{id}", "resource": operation_outcome(issues, id)}
