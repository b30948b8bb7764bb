"""What a member has on file is read for the codes that matter, and for nobody else."""

from datetime import UTC, datetime
from pathlib import Path

from server.cases.case import Case, CaseAnswer, CaseItem, CaseRequest
from server.cases.document import to_document
from server.cases.on_file import authorizations, codes_asked_for
from server.content.load import load_content
from server.decision.facts import Authorized, Source
from server.decision.policy.index import PolicyIndex
from server.decision.request import Code, RequestedItem
from server.fhir.dates import DatePeriod
from server.settings import content_root
from server.storage.connect import connect

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
OXYGEN, STRIPS = Code("hcpcs", "E1390"), Code("hcpcs", "A4253")


def a_case(number: int, member: str, *codes: Code, certified: bool = True) -> Case:
    """A case of one item."""
    item = CaseItem(1, codes, "A1" if certified else "A4", {}, f"PA{number}" if certified else None)
    answer = CaseAnswer("", f"response-{number}")
    return Case(
        str(number), "determined", "demo", "l", member, NOW, NOW, False, (_request(number),), (answer,), (item,)
    )


def _request(number: int) -> CaseRequest:
    return CaseRequest("", f"caller-{number}", "urn:uuid:c")


async def test_only_the_member_s_authorizations_for_the_codes_are_read(tmp_path: Path) -> None:
    store = connect(f"sqlite:///{tmp_path}/x.db", mongodb_driver="pymongo", clock=lambda: NOW)
    await store.start()
    payload = await store.put_payload(b"")
    cases = [
        a_case(1, "m", OXYGEN),
        a_case(2, "m", STRIPS, Code("x12", "3")),
        a_case(3, "n", OXYGEN),
        a_case(4, "m", OXYGEN, certified=False),
    ]
    for case in cases:
        document = to_document(case)
        await store.create(type(document)(**{**_fields(document), "payloads": frozenset({payload})}))

    oxygen = await authorizations(store, "m", [OXYGEN])
    everything = await authorizations(store, "m", [OXYGEN, STRIPS])
    nothing = await authorizations(store, "m", [])
    await store.close()

    source = Source("ClaimResponse/response-1", "ClaimResponse.preAuthRef", "payer")
    assert oxygen == (Authorized("PA1", (OXYGEN,), DatePeriod(), source),)
    assert {each.number for each in everything} == {"PA1", "PA2"}
    assert nothing == ()


def _fields(document: object) -> dict[str, object]:
    return {name: getattr(document, name) for name in document.__slots__}  # type: ignore[attr-defined]


def test_policies_that_ask_for_no_authorization_cost_no_look() -> None:
    policies = load_content(content_root(), demo=True).policies
    item = RequestedItem(
        1, "Claim.item[0]", (Code("http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "E1390"),)
    )

    assert codes_asked_for(policies, [item], "commercial", NOW.date()) == frozenset()
    assert codes_asked_for(PolicyIndex(), [item], "commercial", NOW.date()) == frozenset()
