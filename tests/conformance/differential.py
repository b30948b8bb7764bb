"""Compares two verdicts on one resource, and knows the differences that are meant."""

import re
import tarfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from server.fhir import json
from server.fhir.validation.questionnaire_response.documents import Forms, check_responses, forms_of
from server.fhir.validation.validate import Verdict
from tests.builders.validation import shipped
from tests.shared import shared

Json = Any
_FORM = re.compile(r"/(Questionnaire|ValueSet|CodeSystem)-[^/]*\.json$")
CLASSES = Path(__file__).with_name("differential.toml")


@dataclass(frozen=True)
class Difference:
    """One class of differences that are meant."""

    name: str
    by: str
    match: re.Pattern[str]
    reason: str
    follows: re.Pattern[str] | None
    """Errors that only follow from one of the class: explained where one of it is there too."""

    def explains(self, error: str, errors: Sequence[str]) -> bool:
        """Whether an error is of the class, or follows from one of the others that is."""
        if self.match.search(error):
            return True
        return bool(self.follows and self.follows.search(error) and any(map(self.match.search, errors)))


@dataclass(frozen=True)
class Example:
    """A published example, with the guide that it comes with."""

    name: str
    guide: str
    body: bytes


@cache
def differences() -> tuple[Difference, ...]:
    """The classes of the list."""
    rows = tomllib.loads(CLASSES.read_text(encoding="utf-8"))["class"]
    return tuple(
        Difference(
            row["name"],
            row["by"],
            re.compile(row["match"]),
            row["reason"],
            re.compile(row["follows"]) if "follows" in row else None,
        )
        for row in rows
    )


def explained(by: str, errors: Sequence[str]) -> list[str]:
    """The names of the classes that explain all errors of one side; empty when one of them is in none."""
    names = []
    for error in errors:
        found = next((one for one in differences() if one.by == by and one.explains(error, errors)), None)
        if found is None:
            return []
        names.append(found.name)
    return names


def difference(ours: Verdict, theirs: Sequence[str]) -> tuple[str, list[str]] | None:
    """Who alone reports errors, and which; None when both verdicts are the same."""
    if ours.valid == (not theirs):
        return None
    if ours.valid:
        return "reference", list(theirs)
    return "passage", [found.message for found in ours.findings if found.severity == "error"]


def verdict(body: bytes, guide: str) -> Verdict:
    """Our verdict, with the versions of the guide. Both passes must agree."""
    resource = json.read(body)
    packages = [one for one in shipped().library.packages if f"{one.name}#{one.version}" == guide]
    found = shipped().validate(resource, packages=packages)
    assert shipped().is_valid(resource, packages=packages) == found.valid
    return check_responses(found, resource, published_forms(guide), shipped().terminology)


@cache
def published_forms(guide: str) -> Forms:
    """The Questionnaires of a guide's package, examples included: the reference finds them too."""
    name, _, version = guide.partition("#")
    path = shared() / "igs" / f"{name}-{version}.tgz"
    with tarfile.open(path) as archive:
        files = [archive.extractfile(one) for one in archive if _FORM.search(one.name)]
        return forms_of([json.read(file.read()) for file in files if file])


def examples() -> Iterator[Example]:
    """Every example of every guide beside the repository, and the payloads of the public PAS kit."""
    for path in sorted((shared() / "igs").glob("*.tgz")):
        yield from _examples(path)
    for path in sorted((shared() / "spec" / "examples" / "pas").glob("*.json")):
        yield from _payloads(path)


def _payloads(path: Path) -> Iterator[Example]:
    """One payload or a list of them, for the version that its name tells."""
    guide = "hl7.fhir.us.davinci-pas#" + ("2.0.1" if "201" in path.name else "2.2.1")
    found = json.read(path.read_bytes())
    for index, resource in enumerate(found if isinstance(found, list) else [found]):
        if isinstance(resource, dict) and "resourceType" in resource:
            yield Example(f"{path.name}[{index}]", guide, json.write(resource))


def _examples(path: Path) -> Iterator[Example]:
    name, _, version = path.name.removesuffix(".tgz").rpartition("-")
    with tarfile.open(path) as archive:
        for member in archive:
            if member.name.startswith("package/example/") and member.name.endswith(".json"):
                file = archive.extractfile(member)
                body = file.read() if file else b""
                if b'"resourceType"' in body:
                    yield Example(f"{name}-{version}/{Path(member.name).name}", f"{name}#{version}", body)
