"""Loads the forms: one folder of `questionnaires/` for each, with its Questionnaire, Libraries and ValueSets.

```
questionnaires/<form>/questionnaire.json
questionnaires/<form>/libraries/<Name>.json  <Name>.cql  <Name>.elm.json  <Name>.cql.sha256
questionnaires/<form>/value-sets/<id>.json
questionnaires/<form>/prefill.yaml           what the payer can fill in (may be absent)
```
Spec page: https://hl7.org/fhir/us/davinci-dtr/STU2.2/specification.html
"""

from collections.abc import Iterable
from pathlib import Path

from server.content.form_file import FormFile, read_json
from server.content.form_libraries import FormLibrary, load_library
from server.content.form_lint import lint
from server.content.form_prefill import load_prefill
from server.content.forms import Form, Forms, Prefill
from server.content.typed import NotTyped, parse
from server.errors import ContentRefused
from server.fhir import json
from server.fhir.json import Json

BUILD = "build"
"""The folder beside the forms that holds the compiler of the CQL, and no form."""


def load_forms(folder: Path) -> Forms:
    """The forms under `questionnaires/`. Raises ContentRefused with every finding: file, line where known, sentence."""
    findings: list[str] = []
    forms = [
        form
        for path in (sorted(folder.iterdir()) if folder.is_dir() else ())
        if path.is_dir() and path.name != BUILD and (form := _load(path, findings))
    ]
    findings.extend(_across(forms))
    if findings:
        raise ContentRefused(findings)
    return Forms.of(forms)


def _load(folder: Path, findings: list[str]) -> Form | None:
    """The form of a folder; None, with the findings added, when it has a fault. Types come first: lint relies on it."""
    found: list[str] = []
    main = read_json(folder / "questionnaire.json", found)
    files = sorted((folder / "libraries").glob("*.json"))
    libraries = [load_library(file, found) for file in files if not file.name.endswith(".elm.json")]
    value_sets = [read_json(file, found) for file in sorted((folder / "value-sets").glob("*.json"))]
    form = None
    if main and not found:
        parts = [library for library in libraries if library], [value_set for value_set in value_sets if value_set]
        found += _typed([main, *(library.file for library in parts[0]), *parts[1]]) or lint(main, *parts)
        if not found:
            form = _form(main, *parts, load_prefill(folder / "prefill.yaml", main.items(), found))
    findings += found
    return None if found else form


def _form(main: FormFile, libraries: list[FormLibrary], value_sets: list[FormFile], prefill: Prefill) -> Form:
    questionnaire, items = main.resource, main.items()
    complete = [library.file.resource for library in libraries]
    encoded = {f"{found['resourceType']}/{found['id']}": json.write(found) for found in (questionnaire, *complete)}
    return Form(
        url=questionnaire["url"],
        version=questionnaire["version"],
        questionnaire=questionnaire,
        libraries=tuple(complete),
        value_sets=tuple(file.resource for file in value_sets),
        link_ids=frozenset(items),
        items=items,
        prefill=prefill,
        encoded=encoded,
    )


def _typed(files: Iterable[FormFile]) -> list[str]:
    findings = []
    for file in files:
        try:
            parse(file.resource)
        except NotTyped as problems:
            findings += [file.finding(line, _last_name(line)) for line in str(problems).splitlines()]
    return findings


def _last_name(line: str) -> str:
    """The last element of `Questionnaire.item[2].prefix: problem`, as it stands in the file."""
    return f'"{line.partition(":")[0].rpartition(".")[2].partition("[")[0]}"'


def _across(forms: list[Form]) -> list[str]:
    """Two forms may share a resource, but not one id or one canonical for different things."""
    findings: list[str] = []
    seen: dict[str, Json] = {}
    for form in forms:
        for resource in (form.questionnaire, *form.libraries, *form.value_sets):
            for key in (f"{resource['resourceType']}/{resource['id']}", f"{resource['url']}|{resource['version']}"):
                if seen.setdefault(key, resource) != resource:
                    findings.append(f"questionnaires: {key} is two different resources; give one another id or url.")
    return findings
