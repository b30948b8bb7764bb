"""`passage policy check|test|explain`: what policy authors work with."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from server.cli.case_view import item_tree
from server.cli.opened import opened
from server.cli.options import StoreUrl, settings_of
from server.cli.screen import out, problems, table, write_json
from server.content.forms import Forms
from server.content.load import form_items, load_content
from server.content.load_forms import load_forms
from server.content.load_policies import policy_cases, policy_folders
from server.decision.policy.cases import CaseResult, outcome_name
from server.errors import ContentRefused
from server.fhir.json import Json

app = typer.Typer(help="The policies: check their files, run their cases, explain a case.", no_args_is_help=True)

Root = Annotated[
    Path | None,
    typer.Argument(help="Folder with policies/, plans/ and questionnaires/.", show_default="the server's content"),
]

RootOption = Annotated[Path | None, typer.Option("--path", help="Folder with policies/.", show_default="the server's")]
PolicyId = Annotated[str | None, typer.Argument(help="The id of one policy.", show_default="all")]


@app.command()
def check(path: Root = None) -> None:
    """Check all content as the server does before it loads it; prints file:line and a sentence for each finding."""
    root = _root(path)
    try:
        content = load_content(root, demo=True)
    except ContentRefused as refused:
        for finding in refused.findings:
            typer.echo(finding)
        problems().print(f"{len(refused.findings)} findings; this content does not load.")
        raise typer.Exit(1) from None
    rows = sum(len(policy.rows) for policy in content.policies.policies)
    forms = len({form.canonical for form in content.forms.by_canonical.values()})
    out().print(
        f"No findings: {len(content.policies.policies)} policies with {rows} codes, "
        f"{len(content.plans)} plans, {forms} forms."
    )


@app.command("test")
def run_cases(policy: PolicyId = None, path: RootOption = None) -> None:
    """Run the cases of the policies."""
    root = _root(path)
    folders = [folder for folder in policy_folders(root) if policy in (None, folder.name)]
    if not folders:
        raise typer.BadParameter("there is no such policy", param_hint="POLICY")
    findings: list[str] = []
    forms = form_items(_forms(root, findings))
    results = {
        folder.name: policy_cases(root, folder, forms, findings)
        for folder in track(folders, "Cases", transient=True, disable=len(folders) < 20, console=problems())
    }
    rows = [_row(name, result) for name, found in results.items() for result in found]
    out().print(table(None, ("policy", "case", "outcome", "result"), rows))
    for finding in findings:
        typer.echo(finding)
    failed = sum(1 for found in results.values() for result in found if result.problems)
    out().print(f"{len(rows) - failed} of {len(rows)} cases come out as expected.")
    if failed or findings:
        raise typer.Exit(1)


@app.command()
def explain(
    case: Annotated[str, typer.Argument(help="The id of the case.")],
    store: StoreUrl = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write the explanation as JSON.")] = False,
) -> None:
    """Explain what was decided for each item of a case: criteria, evidence, what is missing, what would change it."""
    items = asyncio.run(_items(case, store))
    if items is None:
        problems().print("There is no case with this id; `passage case list` names the newest.")
        raise typer.Exit(1)
    if as_json:
        write_json([{"sequence": item["sequence"], **item["explanation"]} for item in items])
        return
    if not items:
        out().print("Nothing was decided: the request could not be processed; `passage case show` says why.")
    for item in items:
        out().print(item_tree(item))


async def _items(case: str, store_url: str | None) -> list[Json] | None:
    async with opened(settings_of(store_url=store_url)) as store:
        found = await store.get("case", case)
    return None if found is None else list(found.body["items"])


def _root(path: Path | None) -> Path:
    root = path or settings_of().content_path
    if not (root / "policies").is_dir():
        raise typer.BadParameter("the folder has no policies/", param_hint="PATH")
    return root


def _forms(root: Path, findings: list[str]) -> Forms:
    try:
        return load_forms(root / "questionnaires")
    except ContentRefused as refused:
        findings.extend(refused.findings)
        return Forms()


def _row(policy: str, result: CaseResult) -> tuple[str, ...]:
    outcome = outcome_name(result.item) if result.item else "-"
    return (policy, result.name, outcome, " ".join(result.problems) or "ok")
