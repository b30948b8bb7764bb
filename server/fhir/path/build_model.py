"""Makes the compact table of FHIR types that FHIRPath needs out of the published core package.

Only facts that navigation asks for are kept: which elements a type has, of which types, and whether they repeat.
Usage: `python -m server.fhir.path.build_model hl7.fhir.r4.core-4.0.1.tgz`.
Spec page: https://hl7.org/fhir/R4/structuredefinition.html
"""

import json
import sys
import tarfile
from pathlib import Path

from server.fhir.json import Json, read
from server.fhir.path.model import MODEL_FILE, profiles_folder

_SYSTEM = "http://hl7.org/fhirpath/System."
_STRUCTURE = "http://hl7.org/fhir/StructureDefinition/"
_BACKBONES = {"BackboneElement", "Element"}


def build(package: Path) -> str:
    """The model of a core package as text: one type a line, sorted, the same for the same package."""
    with tarfile.open(package, "r:gz") as archive:
        names = sorted(name for name in archive.getnames() if "/StructureDefinition-" in name)
        definitions = [read(archive.extractfile(name).read()) for name in names]  # type: ignore[union-attr]
    types: dict[str, Json] = {}
    for definition in definitions:
        if definition.get("derivation") != "constraint" and definition["kind"] != "logical":
            _add(types, definition)
    lines = (f"{json.dumps(name)}:{json.dumps(types[name], separators=(',', ':'))}" for name in sorted(types))
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _add(types: dict[str, Json], definition: Json) -> None:
    """A type, and a type of its own for each backbone element in it."""
    name, base = definition["type"], definition.get("baseDefinition", "").removeprefix(_STRUCTURE)
    types[name] = {"base": base, "kind": definition["kind"], "elements": {}}
    if definition["kind"] == "primitive-type":
        return
    for element in definition["snapshot"]["element"][1:]:
        inherited = element["base"]["path"].split(".")[0] != name
        owner, _, child = element["path"].rpartition(".")
        if inherited:
            continue
        if owner in types:
            types[owner]["elements"][child] = _shape(element)
        if "contentReference" not in element and element["type"][0]["code"] in _BACKBONES:
            types[element["path"]] = {"base": element["type"][0]["code"], "kind": "backbone", "elements": {}}


def _shape(element: Json) -> str:
    """`type|type`, with `*` behind when it repeats; the target's path for a reference to another element's content."""
    if reference := element.get("contentReference"):
        types = [reference.removeprefix("#")]
    else:
        types = [_type(element, type) for type in element["type"]]
        if types[0] in _BACKBONES:
            types = [element["path"]]
    return "|".join(types) + ("" if element["max"] == "1" else "*")


def _type(element: Json, type: Json) -> str:
    """The name of an element's type. Ids and urls are published as System strings; their FHIR type is what is meant."""
    code: str = type["code"]
    if not code.startswith(_SYSTEM):
        return code
    match element["path"]:
        case "Extension.url":
            return "uri"
        case "Resource.id":
            return "id"
        case _:
            return "string"


if __name__ == "__main__":
    (profiles_folder() / MODEL_FILE).parent.mkdir(parents=True, exist_ok=True)
    (profiles_folder() / MODEL_FILE).write_text(build(Path(sys.argv[1])), encoding="utf-8")
