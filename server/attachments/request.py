"""Reads the Parameters of $submit-attachment into what was sent, for whom, and what it answers.

The order of the parameters says nothing. What CDex demands and is not there is refused, all of it at once.
Spec page: https://hl7.org/fhir/us/davinci-cdex/OperationDefinition-submit-attachment.html
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from server.errors import Issue, Refusal, RequestRefused
from server.fhir.element import Element
from server.fhir.identifier import Identifier, identifier
from server.fhir.json import Json

_ATTACH_TO = frozenset({"claim", "preauthorization"})


@dataclass(frozen=True, slots=True)
class Attachment:
    """One resource that was sent. `place` is its FHIRPath in the request."""

    resource: Json
    place: str
    lines: tuple[int, ...] = ()
    """The items that it is about; empty: what was asked for, or the whole request."""
    codes: frozenset[str] = frozenset()
    """Codes of what kind of information it is."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """All that one call brings."""

    tracking: Identifier
    member: Identifier
    attachments: tuple[Attachment, ...]
    final: bool = True
    reference_number: str | None = None
    payer: Identifier | None = None
    organization: Identifier | None = None
    provider: Identifier | None = None


def read_delivery(body: Json) -> Delivery:
    """The delivery of a request body. Raises RequestRefused with an issue for everything that is wrong or missing."""
    if not isinstance(body, dict) or body.get("resourceType") != "Parameters":
        rule = "The body must be the Parameters of $submit-attachment"
        raise RequestRefused(Refusal.MALFORMED, [Issue("structure", f"{rule}.", "resourceType")])
    root = Element(body, "Parameters")
    by_name: dict[str, list[Element]] = {}
    for parameter in root.children("parameter"):
        by_name.setdefault(parameter.text("name") or "", []).append(parameter)
    _refuse([*_missing(root, by_name), *_repeated(by_name)])
    _check_purpose(by_name)
    attachments = tuple(_attachment(each) for each in by_name["Attachment"])
    final = by_name["Final"][0].boolean("valueBoolean") if "Final" in by_name else None
    number = _optional(by_name, "AdminRefNumber")
    return Delivery(
        tracking=_identifier(by_name["TrackingId"][0]),
        member=_identifier(by_name["MemberId"][0]),
        attachments=attachments,
        final=final is not False,
        reference_number=number.value if number else None,
        payer=_optional(by_name, "PayerId"),
        organization=_optional(by_name, "OrganizationId"),
        provider=_optional(by_name, "ProviderId"),
    )


def _missing(root: Element, by_name: dict[str, list[Element]]) -> Iterator[Issue]:
    for name in ("TrackingId", "AttachTo", "MemberId", "Attachment"):
        if name not in by_name:
            yield root.issue(f"must have the parameter {name}", "parameter", "required")
    if not by_name.keys() & {"OrganizationId", "ProviderId"}:
        rule = "must have the parameter OrganizationId, ProviderId or both: who sends the attachment"
        yield root.issue(rule, "parameter", "required")


def _repeated(by_name: dict[str, list[Element]]) -> Iterator[Issue]:
    for name, found in by_name.items():
        if len(found) > 1 and name in {*_ONCE}:
            yield found[1].issue(f"is a second {name}; it may be there once", code="duplicate")


_ONCE = (
    "TrackingId",
    "AdminRefNumber",
    "AttachTo",
    "PayerId",
    "OrganizationId",
    "ProviderId",
    "MemberId",
    "ServiceDate",
    "Final",
)


def _check_purpose(by_name: dict[str, list[Element]]) -> None:
    """A claim is an authorization's Claim here: whoever means another one learns that nothing has its number."""
    purpose = by_name["AttachTo"][0].text("valueCode")
    if purpose not in _ATTACH_TO:
        rule = "must be claim or preauthorization"
        raise _refused(by_name["AttachTo"][0].issue(rule, "valueCode", "code-invalid"))
    dates = [(each, each.days("valueDateTime")) for each in by_name.get("ServiceDate", [])]
    if purpose == "claim" and not any(days and days.start == days.end for _, days in dates):
        place = dates[0][0] if dates else by_name["AttachTo"][0]
        raise _refused(
            place.issue("is for a claim, which needs a ServiceDate that is precise to the day", "", "required")
        )


def _attachment(parameter: Element) -> Attachment:
    parts = parameter.children("part")
    contents = [part for part in parts if part.text("name") == "Content"]
    if len(contents) != 1 or contents[0].child("resource") is None:
        raise _refused(parameter.issue("must have one part Content with a resource", "part", "required"))
    content = contents[0].child("resource")
    assert content is not None
    _check_inline(content)
    codes = [part.child("valueCodeableConcept") for part in parts if part.text("name") == "Code"]
    codings = [coding for concept in codes if concept for coding in concept.children("coding")]
    return Attachment(
        resource=content.value,
        place=content.place,
        lines=tuple(_line(part) for part in parts if part.text("name") == "LineItem"),
        codes=frozenset(code for coding in codings if (code := coding.text("code"))),
    )


def _check_inline(resource: Element) -> None:
    """Nothing is fetched for the sender: a document that is only pointed at never came."""
    kind = resource.text("resourceType")
    if kind is None:
        raise _refused(resource.issue("is required", "resourceType", "required"))
    if kind == "DocumentReference":
        held = [each.child("attachment") for each in resource.children("content")]
        bare = not held or any(each is None or not each.text("data") for each in held)
    else:
        bare = kind == "Binary" and not resource.text("data")
    if bare:
        rule = "must hold the document itself (data): this server fetches no addresses"
        raise RequestRefused(Refusal.NOT_SUPPORTED, [resource.issue(rule, code="not-supported")])


def _line(part: Element) -> int:
    line = part.text("valueString") or ""
    if not line.isascii() or not line.isdigit() or len(line) > 9:
        raise _refused(part.issue("must be the sequence of an item", "valueString", "value"))
    return int(line)


def _identifier(parameter: Element) -> Identifier:
    element = parameter.child("valueIdentifier")
    found = identifier(element.value) if element else None
    if found is None:
        raise _refused(parameter.issue("must be an Identifier with a value", "valueIdentifier", "required"))
    return found


def _optional(by_name: dict[str, list[Element]], name: str) -> Identifier | None:
    return _identifier(by_name[name][0]) if name in by_name else None


def _refuse(issues: Iterable[Issue]) -> None:
    if found := list(issues):
        raise RequestRefused(Refusal.INVALID, found)


def _refused(issue: Issue) -> RequestRefused:
    return RequestRefused(Refusal.INVALID, [issue])
