"""`passage case work|claim|release|decide`: a person's review from a terminal, by the rules of /api/v1."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Annotated, Literal, TypeVar

import typer

from server.cli.case_decision import (
    Agreed,
    Amount,
    Criteria,
    Documents,
    Due,
    Elements,
    Forms,
    Ground,
    Items,
    Note,
    Options,
    Reasons,
    Summary,
    Until,
    ValidFrom,
    ValidTo,
    items_of,
)
from server.cli.case_desk import Desk, DeskRefused, desk
from server.cli.options import StoreUrl, settings_of
from server.cli.screen import out, problems, table, write_json
from server.fhir.json import Json
from server.review.roles import Role

CaseId = Annotated[str, typer.Argument(metavar="CASE", help="The id of the case.")]
Url = Annotated[str | None, typer.Option(help="A running server; default: the store itself.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON.")]
By = Annotated[str, typer.Option("--by", help="Your id as a reviewer.", envvar="PASSAGE_REVIEWER")]
As = Annotated[Role, typer.Option("--as", help="Your role.", envvar="PASSAGE_REVIEWER_ROLE")]
Licence = Annotated[str | None, typer.Option(help="Your licence.", envvar="PASSAGE_REVIEWER_LICENCE")]
Specialty = Annotated[str | None, typer.Option(help="Your specialty.", envvar="PASSAGE_REVIEWER_SPECIALTY")]
Npi = Annotated[str | None, typer.Option(help="Your NPI.", envvar="PASSAGE_REVIEWER_NPI")]
Version = Annotated[int | None, typer.Option("--case-version", help="The version that you read; default: the newest.")]
Decided = Literal["approve", "approve-in-part", "modify", "deny", "request-information", "extend", "refer"]

_COLUMNS = ("case", "due (UTC)", "items", "waits for", "claimed by", "version")
T = TypeVar("T")


def work(
    find: Annotated[str | None, typer.Option(help="An identifier, number or trace that a requester knows.")] = None,
    owner: Annotated[str | None, typer.Option(help="The work queue.")] = None,
    waits_for: Annotated[Literal["information", "review"] | None, typer.Option(help="What the items wait for.")] = None,
    line_of_business: Annotated[str | None, typer.Option(help="The line of business.")] = None,
    claimed_by: Annotated[str | None, typer.Option(help="The reviewer who works on it.")] = None,
    overdue: Annotated[bool | None, typer.Option(help="Past the due time, or not.", show_default=False)] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 50,
    store: StoreUrl = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """List what waits for a person, the next due first; or find cases in any state."""
    given = {
        "q": find,
        "owner": owner,
        "waits_for": waits_for,
        "line_of_business": line_of_business,
        "claimed_by": claimed_by,
        "overdue": None if overdue is None else str(overdue).lower(),
        "limit": str(limit),
    }
    parameters = {name: value for name, value in given.items() if value is not None}
    listed = _at_desk(store, url, lambda found: found.work(parameters))
    if as_json:
        write_json(listed)
    elif listed["cases"]:
        out().print(table(None, _COLUMNS, [work_cells(row) for row in listed["cases"]]))
    else:
        out().print("Nothing waits for a person.")


def claim(case: CaseId, by: By, role: As, version: Version = None, store: StoreUrl = None, url: Url = None) -> None:
    """Work on a case; others are kept off it until you release or decide it."""
    _act("claim", case, by, role, version, store, url)


def release(case: CaseId, by: By, role: As, version: Version = None, store: StoreUrl = None, url: Url = None) -> None:
    """Stop working on a case."""
    _act("release", case, by, role, version, store, url)


def decide(
    case: CaseId,
    decision: Annotated[Decided, typer.Argument(help="What you decide about the items.")],
    by: By,
    role: As,
    item: Items = None,
    reason: Reasons = None,
    criterion: Criteria = None,
    note: Note = None,
    summary: Summary = None,
    quantity: Amount = None,
    element: Elements = None,
    document: Documents = None,
    form: Forms = None,
    until: Until = None,
    due: Due = None,
    ground: Ground = None,
    valid_from: ValidFrom = None,
    valid_to: ValidTo = None,
    agreed: Agreed = None,
    licence: Licence = None,
    specialty: Specialty = None,
    npi: Npi = None,
    version: Version = None,
    store: StoreUrl = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Decide items of a case, all of them or none."""
    basis = Options(reason, criterion, note, summary, quantity, element, document, form, until, due, ground)
    options = replace(basis, valid_from=valid_from, valid_to=valid_to, agreed=agreed)
    reviewer = _reviewer(by, role, licence=licence, specialty=specialty, npi=npi)

    async def act(found: Desk) -> Json:
        read = await found.case(case)
        items = items_of(decision, item or _waiting(read), options)
        body = {"reviewer": reviewer, "version": version or read["version"], "items": items}
        return await found.act(case, "decisions", body)

    _show(_at_desk(store, url, act), as_json)


def _waiting(case: Json) -> list[int]:
    return [item["sequence"] for item in case["items"] if item["review_action"] == "A4"]


def _show(row: Json, as_json: bool) -> None:
    if as_json:
        write_json(row)
        return
    out().print(table(None, _COLUMNS, [work_cells(row)]))
    if row["numbers"]:
        out().print(f"numbers: {', '.join(row['numbers'])}", markup=False)


def work_cells(row: Json) -> tuple[str, ...]:
    """The cells of a case in the list."""
    items = ", ".join(f"{item['sequence']} {_code(item)} {item['review_action']}" for item in row["items"])
    waits = dict.fromkeys(
        f"{each['waits_for'] or ''} {each['owner']}".strip() for each in row["items"] if each["owner"]
    )
    due = f"{row['due'][:10]} {row['due'][11:16]}{' OVERDUE' if row['overdue'] else ''}" if row["due"] else row["state"]
    return (row["id"], due, items, ", ".join(waits), row["claimed_by"] or "", str(row["version"]))


def _code(item: Json) -> str:
    return str(item["codes"][0]["code"]) if item["codes"] else "(no code)"


def _act(name: str, case: str, by: str, role: str, version: int | None, store: str | None, url: str | None) -> None:
    body = {"reviewer": _reviewer(by, role), **({"version": version} if version else {})}
    _show(_at_desk(store, url, lambda found: found.act(case, name, body)), as_json=False)


def _reviewer(by: str, role: str, **more: str | None) -> Mapping[str, str]:
    return {"id": by, "role": role, **{name: value for name, value in more.items() if value}}


def _at_desk(store: str | None, url: str | None, use: Callable[[Desk], Awaitable[T]]) -> T:
    settings = settings_of(store_url=store)

    async def run() -> T:
        async with desk(settings, url) as found:
            return await use(found)

    try:
        return asyncio.run(run())
    except DeskRefused as refused:
        problems().print(str(refused), markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
