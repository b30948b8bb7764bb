"""What is sent: for each scenario one request after another, none like the one before."""

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench import members
from bench.template import read_template

FIXTURES = Path(__file__).resolve().parent / "fixtures"
FHIR = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json", "Accept-Encoding": "identity"}
JSON = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
SPREAD = 7919
"""A prime, so that consecutive requests come from members far apart."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One request, and bytes that its answer must hold to count."""

    method: str
    url: str
    expects: bytes
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    keep: Callable[[bytes], str] | None = None
    """What of the answer a later scenario needs."""


def shots(scenario: str, base: str, *, members: int, ids: Sequence[str], run: str) -> Callable[[int], Shot]:
    """Makes the n-th request of a scenario. `run` keeps the identifiers of different runs apart."""
    match scenario:
        case "order-sign":
            return _posts(
                "order_sign.json", f"{base}/cds-services/order-sign-crd", JSON, b"coverage-assertion-id", members, run
            )
        case "questionnaire-package":
            url = f"{base}/fhir/Questionnaire/$questionnaire-package"
            return _posts("questionnaire_package.json", url, FHIR, b'"QuestionnaireResponse"', members, run)
        case "submit":
            url = f"{base}/fhir/Claim/$submit"
            return _posts("submit.json", url, FHIR, b'"A1"', members, run, keep=_claim_response_id)
        case "read":
            return lambda n: Shot("GET", f"{base}/fhir/ClaimResponse/{ids[n % len(ids)]}", b'"ClaimResponse"', FHIR)
        case "metadata":
            return lambda n: Shot("GET", f"{base}/fhir/metadata", b'"CapabilityStatement"', FHIR)
        case _:
            raise ValueError("no such scenario")


def _posts(
    fixture: str,
    url: str,
    headers: dict[str, str],
    expects: bytes,
    number_of_members: int,
    run: str,
    *,
    keep: Callable[[bytes], str] | None = None,
) -> Callable[[int], Shot]:
    template = read_template(FIXTURES / fixture)
    namespace = uuid.uuid5(uuid.NAMESPACE_URL, run)
    now = datetime.now(UTC)
    fixed = {
        "NOW": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "TODAY": now.date().isoformat(),
        "TESTED": (now.date() - timedelta(days=7)).isoformat(),
    }

    def make(n: int) -> Shot:
        member = n * SPREAD % number_of_members
        values = fixed | {
            "FRESH": str(uuid.uuid5(namespace, str(n))),
            "MEMBER": members.number(member),
            "BIRTH": members.birth_date(member),
            "FAMILY": members.family(member),
            "GENDER": members.gender(member),
        }
        return Shot("POST", url, expects, headers, template.fill(values), keep)

    return make


def _claim_response_id(body: bytes) -> str:
    """The logical id of the ClaimResponse in an answer's Bundle."""
    resources = (entry["resource"] for entry in json.loads(body)["entry"])
    return next(str(resource["id"]) for resource in resources if resource["resourceType"] == "ClaimResponse")
