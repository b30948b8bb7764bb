"""Whether a FHIR resource shows an element, in the notation of the public kit's must-support lists.

`item.adjudication.extension:reviewAction` is the extension at that path whose url ends with that name (or with the
name after ` = `); `identifier:NPI` is a slice, known by the pattern that the table here gives; `[x]` is any type of a
choice.
"""

import re
from collections.abc import Iterator
from typing import Any

Json = Any

_SLICES = {
    "NPI": lambda element: element.get("system") == "http://hl7.org/fhir/sid/us-npi",
    "TIN": lambda element: "USEIN" in str(element.get("system")) or "113883.4.4" in str(element.get("system")),
    "PI": lambda element: "payerid" in str(element.get("type")),
    "AttachmentsNeeded": lambda element: "attachments-needed" in str(element.get("type")),
    "PayerURL": lambda element: "payer-url" in str(element.get("type")),
    "QuestionnaireContext": lambda element: "questionnaire-context" in str(element.get("type")),
}


def table(digest: str, title: str, column: int = 0) -> list[str]:
    """The elements that a table of the digest demands in a column of marks; the first is of $submit in 2.2.1."""
    rows = re.findall(r"^\| (`[^|]+?) \|((?: *●? *\|)+)", _section(digest, title), re.MULTILINE)
    return [_named(cell) for cell, marks in rows if "●" in marks.split("|")[column]]


def bullet(digest: str, title: str, version: str = "221") -> list[str]:
    """The elements that a list of the digest demands in a version."""
    (line,) = re.findall(rf"^\* {version} \(\d+\): (.+)$", _section(digest, title), re.MULTILINE)
    return [name.strip("` ") for name in line.split(",")]


def _section(digest: str, title: str) -> str:
    return digest.split(f"\n**{title}", 1)[1].split("\n**", 1)[0]


def _named(cell: str) -> str:
    """The element of a cell such as "`item.extension:authorizedDetail` = itemAuthorizedDetail"."""
    name, _, alias = cell.partition("` = ")
    name = name.strip("`").partition(" ")[0]
    return re.sub(r"extension:\w+$", f"extension:{alias}", name) if alias else name


def shows(resource: Json, path: str) -> bool:
    """Whether a resource has a value at the path."""
    return any(True for _ in _at([resource], path.split(".")))


def _at(elements: list[Json], steps: list[str]) -> Iterator[Json]:
    if not steps:
        yield from (element for element in elements if element not in (None, "", [], {}))
        return
    for element in elements:
        yield from _at(list(_step(element, steps[0])), steps[1:])


def _step(element: Json, step: str) -> Iterator[Json]:
    if not isinstance(element, dict):
        return
    name, _, part = step.partition(":")
    for key, value in element.items():
        if key == name or (name.endswith("[x]") and re.fullmatch(f"{name[:-3]}[A-Z]\\w*", key)):
            for each in value if isinstance(value, list) else [value]:
                if not part or _is_slice(each, name, part):
                    yield each


def _is_slice(element: Json, name: str, part: str) -> bool:
    if name == "extension":
        url = str(element.get("url")).lower()
        return url.endswith(f"-{part.lower()}") or url.endswith(f"/{part.lower()}")
    return part not in _SLICES or _SLICES[part](element)
