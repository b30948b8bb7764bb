"""One JSON file of a form, with the findings it causes named by file and line.

Spec page: https://hl7.org/fhir/R4/questionnaire.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from server.fhir import json
from server.fhir.json import Json


@dataclass(frozen=True, slots=True)
class FormFile:
    """A resource as authored, with the text it was read from."""

    name: str
    text: str
    resource: Json

    def finding(self, sentence: str, near: str = "") -> str:
        """`file:line: sentence`, the line being the first that holds the text `near`."""
        return f"{self.name}:{self.text[: max(self.text.find(near), 0)].count(chr(10)) + 1}: {sentence}"

    def items(self) -> dict[str, Json]:
        """The items of a Questionnaire at every depth by linkId; of two with one linkId the first."""
        found: dict[str, Json] = {}
        for item in walk(self.resource):
            found.setdefault(item.get("linkId", ""), item)
        return found


def walk(parent: Json) -> Iterator[dict[str, Json]]:
    """The items below a Questionnaire or an item, parents first."""
    for item in parent.get("item", ()):
        yield item
        yield from walk(item)


def shown_name(file: Path) -> str:
    """The file as findings name it, from `questionnaires/` on."""
    parts = file.parts
    start = len(parts) - 1 - parts[::-1].index("questionnaires") if "questionnaires" in parts else -3
    return "/".join(parts[start:])


def read_json(file: Path, findings: list[str]) -> FormFile | None:
    """The file; None when it can't be read as a JSON object, which is then a finding."""
    name = shown_name(file)
    try:
        body = file.read_bytes()
        resource = json.read(body)
    except OSError:
        findings.append(f"{name}:1: The file is missing or can't be read.")
    except json.JsonRefused as refused:
        findings.append(f"{name}:1: {refused}")
    else:
        if isinstance(resource, dict):
            return FormFile(name, body.decode(), resource)
        findings.append(f"{name}:1: The file must hold one JSON object.")
    return None
