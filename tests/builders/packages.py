"""Published packages, built in a test: an archive with a manifest and the resources of a guide."""

import io
import tarfile
from pathlib import Path
from typing import Any

from server.fhir import json

Json = Any


def a_package_file(folder: Path, *resources: Json, name: str = "payer.guide", version: str = "1.0.0") -> Path:
    """The archive of a package with these resources."""
    path = folder / f"{name.replace('/', '-')}-{version}.tgz"
    manifest = {"name": name, "version": version, "dependencies": {"hl7.fhir.r4.core": "4.0.1"}}
    files = {"package.json": manifest} | {f"{one['resourceType']}-{one['id']}.json": one for one in resources}
    with tarfile.open(path, "w:gz") as archive:
        for file, resource in files.items():
            body = json.write(resource)
            member = tarfile.TarInfo(f"package/{file}")
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return path


def a_profile(**changes: Json) -> Json:
    """A profile of Patient by a payer: a gender must be sent, and one of two."""
    binding = {"strength": "required", "valueSet": "http://payer.test/ValueSet/genders"}
    elements = [
        {"id": "Patient", "path": "Patient", "min": 0, "max": "*"},
        {
            "id": "Patient.gender",
            "path": "Patient.gender",
            "min": 1,
            "max": "1",
            "type": [{"code": "code"}],
            "binding": binding,
        },
    ]
    return {
        "resourceType": "StructureDefinition",
        "id": "payer-patient",
        "url": "http://payer.test/StructureDefinition/payer-patient",
        "version": "1.0.0",
        "kind": "resource",
        "type": "Patient",
        "derivation": "constraint",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
        "snapshot": {"element": elements},
        **changes,
    }


def a_value_set(*codes: str) -> Json:
    """The value set that the profile binds."""
    system = "http://hl7.org/fhir/administrative-gender"
    return {
        "resourceType": "ValueSet",
        "id": "genders",
        "url": "http://payer.test/ValueSet/genders",
        "version": "1.0.0",
        "compose": {"include": [{"system": system, "concept": [{"code": code} for code in codes]}]},
    }
