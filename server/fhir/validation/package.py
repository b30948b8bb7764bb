"""Reads a published guide package: a .tgz of JSON resources with a package.json that names it.

Spec page: https://hl7.org/fhir/R4/packages.html
"""

import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from server.errors import ContentRefused
from server.fhir import json
from server.fhir.json import Json, JsonRefused

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+\-]*")
_CONFORMANCE = ("StructureDefinition", "ValueSet", "CodeSystem")


@dataclass(frozen=True, slots=True)
class Package:
    """One published package: its identity and the resources that constrain others."""

    name: str
    version: str
    depends: Mapping[str, str] = field(default_factory=dict)
    """Names of the packages that it builds on, with their versions."""
    resources: tuple[Json, ...] = ()
    """StructureDefinitions, ValueSets and CodeSystems, in the order of their file names."""

    def of_type(self, type: str) -> Iterator[Json]:
        """The resources of one type."""
        return (resource for resource in self.resources if resource["resourceType"] == type)


def read_package(path: Path) -> Package:
    """The package in a .tgz file. Raises ContentRefused when it is none."""
    try:
        with tarfile.open(path, "r:gz") as archive:
            return _read(archive)
    except (OSError, tarfile.TarError, KeyError, JsonRefused) as error:
        raise ContentRefused([f"{path}: no package of FHIR resources ({type(error).__name__})"]) from error


def _read(archive: tarfile.TarFile) -> Package:
    manifest = json.read(_bytes(archive, archive.getmember("package/package.json")))
    if not all(isinstance(manifest[key], str) and _NAME.fullmatch(manifest[key]) for key in ("name", "version")):
        raise KeyError("name")  # it becomes the name of a folder
    found: dict[str, Json] = {}
    for member in archive:  # in the order of the archive: going back would mean to decompress it anew
        folder, _, file = member.name.rpartition("/")
        if folder == "package" and file.startswith(_CONFORMANCE) and file.endswith(".json"):
            resource = json.read(_bytes(archive, member))
            if isinstance(resource, dict) and resource.get("resourceType") in _CONFORMANCE and "url" in resource:
                found[file] = resource
    resources = tuple(found[file] for file in sorted(found))
    return Package(manifest["name"], manifest["version"], dict(manifest.get("dependencies", {})), resources)


def _bytes(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    return file.read() if file else b""
