"""The options of `passage case decide` as the body that the reviewers' interface describes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from server.fhir import json
from server.fhir.json import Json, JsonRefused

Items = Annotated[list[int] | None, typer.Option("--item", help="Sequence of an item; default: all that wait.")]
Reasons = Annotated[list[str] | None, typer.Option("--reason", help="Code of X12 list 886.")]
Criteria = Annotated[list[str] | None, typer.Option("--criterion", help="Id of a criterion that it rests on.")]
Note = Annotated[str | None, typer.Option(help="In words, for the requester.")]
Summary = Annotated[str | None, typer.Option(help="refer: for the physician.")]
Amount = Annotated[str | None, typer.Option("--quantity", help="What is certified, such as '6 visit'.")]
Elements = Annotated[list[str] | None, typer.Option("--element", help="modify: NAME=JSON of a Claim.item element.")]
Documents = Annotated[list[str] | None, typer.Option("--document", help="request-information: LOINC code.")]
Forms = Annotated[list[str] | None, typer.Option("--form", help="request-information: canonical of a form.")]
Until = Annotated[str | None, typer.Option(help="request-information: end of the time to answer.")]
Due = Annotated[str | None, typer.Option(help="extend: the new due time.")]
Ground = Annotated[str | None, typer.Option(help="extend: the ground.")]
ValidFrom = Annotated[str | None, typer.Option(help="First day of the authorization.")]
ValidTo = Annotated[str | None, typer.Option(help="Last day of the authorization.")]
Agreed = Annotated[str | None, typer.Option(help="Who of the requester agreed to less, and how.")]


@dataclass(frozen=True, slots=True)
class Options:
    """What was given on the command line; None was not."""

    reason: list[str] | None = None
    criterion: list[str] | None = None
    note: str | None = None
    summary: str | None = None
    quantity: str | None = None
    element: list[str] | None = None
    document: list[str] | None = None
    form: list[str] | None = None
    until: str | None = None
    due: str | None = None
    ground: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    agreed: str | None = None


def items_of(decision: str, sequences: Sequence[int], options: Options) -> list[Json]:
    """The same decision for each of the items. What does not belong to it is left for the rules to refuse."""
    body = dict(_given(options))
    return [{"sequence": sequence, "decision": decision, **body} for sequence in sequences]


def _given(options: Options) -> Iterator[tuple[str, Json]]:
    plain = {
        "reasons": options.reason,
        "criteria": options.criterion,
        "note": options.note,
        "summary": options.summary,
        "until": options.until,
        "due": options.due,
        "ground": options.ground,
        "agreed": options.agreed,
    }
    yield from ((name, value) for name, value in plain.items() if value)
    valid = {"start": options.valid_from, "end": options.valid_to}
    if any(valid.values()):
        yield "valid", {name: day for name, day in valid.items() if day}
    if options.quantity:
        yield "allowed", _quantity(options.quantity)
    if options.element:
        yield "modified", dict(_element(each) for each in options.element)
    wanted = [{"code": code} for code in options.document or ()] + [{"form": form} for form in options.form or ()]
    if wanted:
        yield "wanted", wanted


def _quantity(text: str) -> Json:
    value, _, unit = text.partition(" ")
    return {"value": value, **({"unit": unit.strip()} if unit.strip() else {})}


def _element(text: str) -> tuple[str, Json]:
    name, equals, value = text.partition("=")
    try:
        return name, json.read(value.encode())
    except JsonRefused:
        hint = "NAME=JSON, such as servicedDate='\"2026-12-01\"'" if equals else "NAME=JSON"
        raise typer.BadParameter(f"give {hint}", param_hint="--element") from None
