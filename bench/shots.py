"""What is sent: for each scenario one request after another, none like the one before."""

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench import members
from bench.followed import inquiry_about, update_of
from bench.template import read_template, template_of

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
    """Makes the n-th request of a scenario. `run` keeps the identifiers of different runs apart.

    `ids` are what submit kept: for each request its number and the id of its ClaimResponse.
    """
    draw, submit = Draw(members, run), f"{base}/fhir/Claim/$submit"
    match scenario:
        case "order-sign":
            fixture = read_template(FIXTURES / "order_sign.json")
            url = f"{base}/cds-services/order-sign-crd"
            return lambda n: Shot("POST", url, b"coverage-assertion-id", JSON, fixture.fill(draw.values(n)))
        case "questionnaire-package":
            fixture = read_template(FIXTURES / "questionnaire_package.json")
            url = f"{base}/fhir/Questionnaire/$questionnaire-package"
            return lambda n: Shot("POST", url, b'"QuestionnaireResponse"', FHIR, fixture.fill(draw.values(n)))
        case "submit":
            fixture = read_template(FIXTURES / "submit.json")
            return lambda n: Shot("POST", submit, b'"A1"', FHIR, fixture.fill(draw.values(n)), _keeps(n))
        case "update":
            fixture = template_of(update_of(_request()))
            before = [int(each.partition(":")[0]) for each in ids]
            return lambda n: Shot(
                "POST", submit, b'"A1"', FHIR, fixture.fill(draw.values(before[n % len(before)], following=n))
            )
        case "inquire":
            fixture, url = template_of(inquiry_about(_request())), f"{base}/fhir/Claim/$inquire"
            return lambda n: Shot("POST", url, b'"A1"', FHIR, fixture.fill(draw.values(n, following=n)))
        case "read":
            named = [each.partition(":")[2] for each in ids]
            return lambda n: Shot("GET", f"{base}/fhir/ClaimResponse/{named[n % len(named)]}", b'"ClaimResponse"', FHIR)
        case "metadata":
            return lambda n: Shot("GET", f"{base}/fhir/metadata", b'"CapabilityStatement"', FHIR)
        case _:
            raise ValueError("no such scenario")


@dataclass(slots=True)
class Draw:
    """The values of the marks: a member of so many, identifiers that no other run has, today's dates."""

    members: int
    run: str
    fixed: dict[str, str] = field(init=False)
    namespace: uuid.UUID = field(init=False)

    def __post_init__(self) -> None:
        """Settles what is the same in every request."""
        now = datetime.now(UTC)
        self.namespace = uuid.uuid5(uuid.NAMESPACE_URL, self.run)
        self.fixed = {
            "NOW": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "TODAY": now.date().isoformat(),
            "TESTED": (now.date() - timedelta(days=7)).isoformat(),
        }

    def values(self, n: int, *, following: int | None = None) -> dict[str, str]:
        """Of the n-th request, or of what follows it."""
        member = n * SPREAD % self.members
        after = {} if following is None else {"NEXT": str(uuid.uuid5(self.namespace, f"after {following}"))}
        return {
            **self.fixed,
            **after,
            "FRESH": str(uuid.uuid5(self.namespace, str(n))),
            "MEMBER": members.number(member),
            "BIRTH": members.birth_date(member),
            "FAMILY": members.family(member),
            "GENDER": members.gender(member),
        }


def _request() -> object:
    return json.loads((FIXTURES / "submit.json").read_text(encoding="utf-8"))


def _keeps(n: int) -> Callable[[bytes], str]:
    return lambda body: f"{n}:{_claim_response_id(body)}"


def _claim_response_id(body: bytes) -> str:
    """The logical id of the ClaimResponse in an answer's Bundle."""
    resources = (entry["resource"] for entry in json.loads(body)["entry"])
    return next(str(resource["id"]) for resource in resources if resource["resourceType"] == "ClaimResponse")
