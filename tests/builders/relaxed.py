"""A resource for each relaxed rule: valid but for what the row is about."""

from typing import Any

from tests.builders.claims import (
    BASE,
    PAS,
    X12,
    a_claim,
    a_concept,
    a_coverage,
    a_patient,
    a_reference,
    an_item,
    an_organization,
)

Json = Any

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition"
CRD = "http://hl7.org/fhir/us/davinci-crd/StructureDefinition"
PAS_CODES = "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes"
PRIOR = a_concept("http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship", "prior")
REPLACES = a_concept("http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship", "replaces")
SUBMITTED = a_concept("http://terminology.hl7.org/CodeSystem/adjudication", "submitted")


def an_extension(name: str, **value: Json) -> Json:
    """An extension of PAS."""
    return {"url": f"{PAS}/extension-{name}", **value}


def a_claim_response(**elements: Json) -> Json:
    """An answer with one item that is certified."""
    code = {"url": f"{PAS}/extension-reviewActionCode", "valueCodeableConcept": a_concept(f"{X12}/306", "A1")}
    action = {"url": f"{PAS}/extension-reviewAction", "extension": [code]}
    response = {
        "resourceType": "ClaimResponse",
        "id": "answer-1",
        "identifier": [{"system": "https://payer.passage.example/answers", "value": "1"}],
        "status": "active",
        "type": a_concept("http://terminology.hl7.org/CodeSystem/claim-type", "professional"),
        "use": "preauthorization",
        "patient": {"reference": f"{BASE}/Patient/patient-1"},
        "created": "2026-11-20T15:00:00Z",
        "insurer": {"reference": f"{BASE}/Organization/insurer-1"},
        "requestor": {"reference": f"{BASE}/Organization/provider-1"},
        "request": {"reference": f"{BASE}/Claim/claim-1"},
        "outcome": "complete",
        "item": [{"itemSequence": 1, "adjudication": [{"extension": [action], "category": SUBMITTED}]}],
    }
    return {**response, **elements}


def an_answered_item(*extensions: Json) -> Json:
    """The item of the answer with extensions."""
    (item,) = a_claim_response()["item"]
    return {**item, "extension": list(extensions)}


def a_collection(*resources: Json) -> Json:
    """A Bundle in which references are resolved."""
    entries = [{"fullUrl": a_reference(each)["reference"], "resource": each} for each in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def a_service_request(**elements: Json) -> Json:
    """An order as PAS wants it."""
    order = {
        "resourceType": "ServiceRequest",
        "id": "order-1",
        "status": "active",
        "intent": "order",
        "code": a_concept(f"{X12}/1365", "3"),
        "subject": {"reference": f"{BASE}/Patient/patient-1"},
    }
    return {**order, **elements}


def _an_update() -> Json:
    changed = an_extension("infoChanged", valueCode="changed")
    report = {"url": "reportTypeCode", "valueCodeableConcept": a_concept(f"{X12}/755", "77")}
    return a_claim(
        related=[{"claim": {"reference": f"{BASE}/Claim/claim-0"}, "relationship": PRIOR}],
        supportingInfo=[
            {
                "extension": [an_extension("documentInformation", extension=[report]), changed],
                "sequence": 1,
                "category": a_concept(PAS_CODES, "additionalInformation"),
                "valueReference": {"reference": f"{BASE}/DocumentReference/d"},
            }
        ],
    )


def _a_document() -> Json:
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "type": a_concept("http://loinc.org", "34133-9"),
        "category": [
            a_concept(
                f"{US_CORE.removesuffix('StructureDefinition')}CodeSystem/us-core-documentreference-category",
                "clinical-note",
            )
        ],
        "subject": {"reference": f"{BASE}/Patient/patient-1"},
        "content": [{"attachment": {"contentType": "application/pdf", "url": f"{BASE}/Binary/1"}}],
    }


def _an_added_item() -> Json:
    (item,) = a_claim_response()["item"]
    kind = an_extension("serviceItemRequestType", valueCodeableConcept=a_concept(f"{X12}/1525", "HS"))
    return {
        "extension": [kind],
        "itemSequence": [1],
        "productOrService": a_concept(f"{X12}/1365", "3"),
        "adjudication": item["adjudication"],
    }


def _an_asserted_order() -> Json:
    parts: list[Json] = [
        {"url": "coverage", "valueReference": {"reference": f"{BASE}/Coverage/coverage-1"}},
        {"url": "covered", "valueCode": "covered"},
        {"url": "pa-needed", "valueCode": "no-auth"},
        {"url": "date", "valueDate": "2026-11-20"},
        {"url": "coverage-assertion-id", "valueString": "1"},
    ]
    return a_service_request(extension=[{"url": f"{CRD}/ext-coverage-information", "extension": parts}])


def _a_provider(reference: str) -> Json:
    part = {"url": "provider", "valueReference": {"reference": reference}}
    return an_extension("itemAuthorizedProvider", extension=[part])


def _a_role() -> Json:
    return {
        "resourceType": "PractitionerRole",
        "id": "role-1",
        "practitioner": {"display": "Somebody"},
        "telecom": [{"system": "phone", "value": "+1 555 0100"}],
    }


Sample = tuple[str, str, Json]
"""The guide (`name@version`), the profile that is asked for (or none), and the resource."""

NEWER, OLDER = "hl7.fhir.us.davinci-pas@2.2.1", "hl7.fhir.us.davinci-pas@2.0.1"


def samples() -> dict[str, Sample]:
    """A resource for each row, by its name."""
    return _requests() | _answers() | _of_other_guides()


def _requests() -> dict[str, Sample]:
    numbered = an_extension("authorizationNumber", valueString="A1")
    end = an_extension("productOrServiceCodeEnd", valueCodeableConcept=a_concept(f"{X12}/1365", "4"))
    revenue = a_concept("https://www.nubc.org/revenue-code", "0100")
    document = (NEWER, f"{PAS}/profile-documentreference|2.2.1", _a_document())
    following = a_claim(related=[{"claim": {"reference": f"{BASE}/Claim/claim-0"}, "relationship": REPLACES}])
    service = f"{PAS}/profile-servicerequest|2.2.1"
    return {
        "relationship-of-an-update": (OLDER, f"{PAS}/profile-claim-update|2.0.1", following),
        "numbers-on-the-claim": (NEWER, f"{PAS}/profile-claim|2.2.1", a_claim(extension=[numbered])),
        "changes-of-supporting-information": (NEWER, f"{PAS}/profile-claim-update|2.2.1", _an_update()),
        "end-of-a-range-of-services": (NEWER, service, a_service_request(extension=[end])),
        "revenue-codes": (NEWER, f"{PAS}/profile-claim|2.2.1", a_claim(an_item(revenue=revenue))),
        "documents-that-are-kept-elsewhere": document,
        "address-of-a-document": document,
    }


def _answers() -> dict[str, Sample]:
    number = an_extension("administrationReferenceNumber", valueString="R1")
    diagnosis = an_extension(
        "communicatedDiagnosis", valueCodeableConcept=a_concept("http://hl7.org/fhir/sid/icd-10-cm", "E11.9")
    )
    role = a_claim_response(item=[an_answered_item(_a_provider(f"{BASE}/PractitionerRole/role-1"))])
    provider = a_claim_response(extension=[_a_provider(f"{BASE}/Organization/provider-1")])
    newer, older = f"{PAS}/profile-claimresponse|2.2.1", f"{PAS}/profile-claimresponse|2.0.1"
    return {
        "diagnosis-of-an-answered-item": (NEWER, newer, a_claim_response(item=[an_answered_item(diagnosis)])),
        "reference-number-of-an-answered-item": (OLDER, older, a_claim_response(item=[an_answered_item(number)])),
        "provider-of-the-whole-answer": (NEWER, newer, provider),
        "what-was-authorized-in-addition": (NEWER, newer, a_claim_response(addItem=[_an_added_item()])),
        "role-of-the-authorized-provider": (
            NEWER,
            "",
            a_collection({**role, "meta": {"profile": [f"{PAS}/profile-claimresponse"]}}, _a_role()),
        ),
    }


def _of_other_guides() -> dict[str, Sample]:
    core, organization = "hl7.fhir.us.core@7.0.0", f"{US_CORE}/us-core-organization|7.0.0"
    asked_about = a_collection(_an_asserted_order(), a_coverage(identifier=None), a_patient())
    return {
        "coverage-that-a-hook-was-asked-about": ("hl7.fhir.us.davinci-crd@2.0.1", "", asked_about),
        "npi-form": (core, organization, an_organization("o", "12", "Clinic")),
        "npi-check-digit": (core, organization, an_organization("o", "1234567890", "Clinic")),
    }
