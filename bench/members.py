"""Members to draw from: enough of them that no cache of the server or the database holds the answer to all."""

import json
from datetime import date, timedelta
from pathlib import Path

FIRST_BIRTH_DATE = date(1940, 1, 1)


def number(index: int) -> str:
    """The member number of the index."""
    return f"BEN-{index:06d}"


def birth_date(index: int) -> str:
    """The birth date of the index, between 1940 and 1967."""
    return (FIRST_BIRTH_DATE + timedelta(days=index % 10_000)).isoformat()


def family(index: int) -> str:
    """The family name of the index."""
    return f"Load{index:06d}"


def gender(index: int) -> str:
    """The administrative gender of the index."""
    return "female" if index % 2 else "male"


def write_members(path: Path, members: int, payer: str) -> None:
    """Writes a Patient and a Coverage for each member, as `passage members import` reads them."""
    with path.open("w", encoding="utf-8") as file:
        for index in range(members):
            for resource in (_patient(index), _coverage(index, payer)):
                file.write(json.dumps(resource, separators=(",", ":")) + "\n")


def _patient(index: int) -> dict[str, object]:
    return {
        "resourceType": "Patient",
        "id": f"bench-{index}",
        "identifier": [
            {
                "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MB"}]},
                "system": "https://passage.example/member",
                "value": number(index),
            }
        ],
        "name": [{"family": family(index), "given": ["Synthetic"]}],
        "gender": gender(index),
        "birthDate": birth_date(index),
    }


def _coverage(index: int, payer: str) -> dict[str, object]:
    return {
        "resourceType": "Coverage",
        "id": f"bench-{index}",
        "status": "active",
        "subscriberId": number(index),
        "beneficiary": {"reference": f"Patient/bench-{index}"},
        "period": {"start": "2020-01-01"},
        "payor": [{"reference": f"Organization/{payer}"}],
        "class": [
            {
                "type": {
                    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/coverage-class", "code": "plan"}]
                },
                "value": "medicare-advantage",
            }
        ],
    }
