"""Rules of values that R4 states in words: units, currencies, languages, references, narratives, entries."""

from typing import Any

import pytest

from server.fhir.terminology.ucum import is_ucum
from tests.builders.validation import a_bundle, a_patient, an_observation, errors

Json = Any

ENTRY = {"fullUrl": "http://provider.test/fhir/Patient/p1", "resource": a_patient()}


@pytest.mark.parametrize(
    "code",
    [
        "mm[Hg]",
        "%",
        "1",
        "{score}",
        "{urine specific gravity}",
        "10*3/uL",
        "/min",
        "mg/dL",
        "mg/(kg.d)",
        "L/min",
        "kg/m2",
        "10*-3",
        "s-1",
        "/[HPF]",
        "{cells}/uL",
        "[degF]",
        "Cel",
        "ug/kg/h",
        "mL/min/{1.73_m2}",
        "10^9/L",
        "%{vol}",
        "m[H2O].s2/L",
        "[arb'U]/mL",
        "{a.b/c}",
        "(mg/kg)2",
        "B[10.nV]",
        "mL/(12.h)",
        "x" * 300,
    ],
)
def test_a_unit_keeps_the_grammar_of_ucum(code: str) -> None:
    assert is_ucum(code)


@pytest.mark.parametrize(
    "code",
    ["", " ", ".", "/", "mm Hg", "mg/", "mg.", "(mg", "mg)", "mg//dL", "mg/ dL", "{open", "µg", "mg(kg)", "()", "[Hg"],
)
def test_what_breaks_the_grammar_of_ucum_is_no_unit(code: str) -> None:
    assert not is_ucum(code)


@pytest.mark.parametrize(
    ("system", "code", "expected"),
    [
        ("http://unitsofmeasure.org", "mm[Hg]", []),
        ("http://unitsofmeasure.org", "mm Hg", [("unit-ucum", "Observation.value")]),
        ("http://payer.test/units", "mm Hg", []),
    ],
)
def test_a_quantity_in_ucum_has_a_unit_of_its_grammar(system: str, code: str, expected: list[tuple[str, str]]) -> None:
    assert errors(an_observation(valueQuantity={"value": 1, "system": system, "code": code})) == expected


@pytest.mark.parametrize(
    ("currency", "expected"),
    [
        ("USD", []),
        ("EUR", []),
        ("XXY", [("currency", "Invoice.totalNet")]),
        ("usd", [("currency", "Invoice.totalNet")]),
    ],
)
def test_money_is_in_a_currency_of_iso_4217(currency: str, expected: list[tuple[str, str]]) -> None:
    invoice = {"resourceType": "Invoice", "status": "draft", "totalNet": {"value": 1, "currency": currency}}

    assert errors(invoice) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en-US", []),
        ("zh-Hant-CN", []),
        ("sr-Latn", []),
        ("es-419", []),
        ("de-1996", []),
        ("en-GB-oed", []),
        ("i-klingon", []),
        ("x-own-words", []),
        ("zh-min-nan", []),
        ("en-u-co-phonebk", []),
        ("fil", []),
        ("DE", []),
        ("de-", ["language-form"]),
        ("en_US", ["language-form"]),
        ("zz", ["language-form"]),
        ("zz-none", ["language-form"]),
        ("final", ["language-form"]),
        ("english", ["language-form"]),
        ("a-b", ["language-form"]),
    ],
)
def test_a_language_is_one_of_bcp_47(language: str, expected: list[str]) -> None:
    assert [message for message, _ in errors(a_patient(language=language))] == expected


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ({"reference": "Patient/1"}, None),
        ({"reference": "Patient/1", "type": "Patient"}, None),
        ({"reference": "Patient/1", "type": "http://hl7.org/fhir/StructureDefinition/Patient"}, None),
        ({"reference": "urn:uuid:5d3c9d64-7f2c-4b1d-8a6f-27d1f3f0c001", "type": "Patient"}, None),
        ({"reference": "http://provider.test/fhir/Patient/1?a=b"}, None),
        ({"reference": "Patient/a b"}, "reference-form"),
        ({"reference": "Patient?identifier=1"}, "reference-conditional"),
        ({"reference": "Patient/1", "type": "Device"}, "reference-names-type"),
        ({"identifier": {"value": "1"}, "type": "Practitioner"}, "reference-type"),
        ({"reference": "#nobody"}, "ref-1"),
    ],
)
def test_a_reference_is_written_as_r4_says(reference: Json, expected: str | None) -> None:
    found = [message for message, _ in errors(an_observation(subject=reference))]

    assert found == ([] if expected is None else [expected])


def test_a_reference_by_search_may_stand_in_a_transaction() -> None:
    observation = an_observation(id="o1", subject={"reference": "Patient?identifier=1"})
    entry = {"resource": observation, "request": {"method": "PUT", "url": "Observation/o1"}}

    assert errors({"resourceType": "Bundle", "type": "transaction", "entry": [entry]}) == []
    assert [message for message, _ in errors(a_bundle(observation))] == ["reference-conditional"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<p>x</p>", []),
        ('<a href="#x">x</a>', []),
        ('<a href="VBScript:x">x</a>', ["type-xhtml"]),
        ("<p><ul><li>x</li></ul></p>", ["type-xhtml"]),
        ("<p><p>x</p></p>", ["type-xhtml"]),
        ("<div><p>x</p></div>", []),
    ],
)
def test_a_narrative_has_no_active_links_and_no_blocks_in_paragraphs(content: str, expected: list[str]) -> None:
    text = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{content}</div>'}

    assert [message for message, _ in errors(a_patient(text=text))] == expected


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("urn:x", []),
        ("http://payer.test/codes", []),
        ("own+scheme:codes", []),
        ("codes", ["system-absolute"]),
        ("a/b", ["system-absolute"]),
        ("2026-11-20T15:00:00Z", ["system-absolute"]),
    ],
)
def test_the_system_of_a_coding_that_stands_alone_is_absolute(system: str, expected: list[str]) -> None:
    coding = {"system": system, "code": "x"}

    alone = errors(a_patient(meta={"tag": [coding]}))
    among_others = errors(a_patient(maritalStatus={"coding": [coding]}))

    assert [message for message, _ in alone] == expected
    assert among_others == []


@pytest.mark.parametrize(
    ("canonical", "expected"),
    [
        ("http://payer.test/Questionnaire/1|2", []),
        ("#form", []),
        ("#name", []),
        ("form", ["type-canonical"]),
        ("#nothing", ["type-canonical"]),
        ("#", ["type-canonical"]),
        ("#r1", ["type-canonical"]),
    ],
)
def test_a_canonical_is_absolute_or_means_something_inside(canonical: str, expected: list[str]) -> None:
    response = {
        "resourceType": "QuestionnaireResponse",
        "id": "r1",
        "status": "completed",
        "contained": [{"resourceType": "Questionnaire", "id": "form", "status": "active"}],
        "questionnaire": canonical,
        "source": {"id": "name", "reference": "#form", "type": "Patient"},
    }

    found = [message for message, _ in errors(response) if message == "type-canonical"]

    assert found == expected


@pytest.mark.parametrize(
    ("system", "value", "expected"),
    [
        ("urn:ietf:rfc:3986", "urn:oid:1.2.3", []),
        ("urn:ietf:rfc:3986", "https://payer.test/1", []),
        ("urn:ietf:rfc:3986", "12345", [("identifier-uri", "Patient.identifier[0]")]),
        ("https://payer.test/ids", "12345", []),
    ],
)
def test_an_identifier_that_says_it_is_a_uri_is_one(system: str, value: str, expected: list[tuple[str, str]]) -> None:
    assert errors(a_patient(identifier=[{"system": system, "value": value}])) == expected


@pytest.mark.parametrize(("url", "expected"), [("urn:x", []), ("x", [("url-absolute", "Questionnaire")])])
def test_the_url_that_names_a_resource_is_absolute(url: str, expected: list[tuple[str, str]]) -> None:
    assert errors({"resourceType": "Questionnaire", "status": "draft", "url": url}) == expected


def test_extensions_do_not_stand_for_a_code_that_is_required_of_a_value_set() -> None:
    unknown = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
    observation = an_observation()
    del observation["status"]

    coded = errors({**observation, "_status": {"extension": [unknown]}})
    dated = errors(an_observation(issued="2026-10-01T10:00:00Z", _issued={"extension": [unknown]}))
    born = errors({**a_patient(_birthDate={"extension": [unknown]}), "birthDate": "1974-12-25"})

    assert coded == [("binding-required", "Observation.status")]
    assert (dated, born) == ([], [])


@pytest.mark.parametrize(
    ("code", "expected"), [("prov", []), ("none", [("code-unknown", "Organization.type[0].coding[0].code")])]
)
def test_a_code_is_one_of_its_system_also_where_no_value_set_is_bound(code: str, expected: list[Any]) -> None:
    coding = {"system": "http://terminology.hl7.org/CodeSystem/organization-type", "code": code}

    assert errors({"resourceType": "Organization", "name": "x", "type": [{"coding": [coding]}]}) == expected


PUT = {"method": "PUT", "url": "Patient/p1"}
DONE = {"status": "200"}


@pytest.mark.parametrize(
    ("type", "entries", "expected"),
    [
        ("transaction", [{"request": {"method": "DELETE", "url": "Patient/p1"}}], []),
        ("transaction", [{**ENTRY, "request": PUT}], []),
        ("transaction", [ENTRY], ["invariant:bdl-3"]),
        ("batch-response", [{"response": DONE}], []),
        ("batch-response", [ENTRY], ["invariant:bdl-4"]),
        ("history", [{**ENTRY, "request": PUT, "response": DONE}], []),
        ("history", [{**ENTRY, "request": PUT}], ["invariant:bdl-4"]),
        ("searchset", [{**ENTRY, "search": {"mode": "match"}}], []),
        ("searchset", [{**ENTRY, "request": PUT}], ["invariant:bdl-3"]),
        ("collection", [{**ENTRY, "search": {"mode": "match"}}], ["invariant:bdl-2"]),
        ("collection", [ENTRY, ENTRY], ["invariant:bdl-7"]),
        ("collection", [{**ENTRY, "fullUrl": ENTRY["fullUrl"] + "/_history/1"}], ["invariant:bdl-8"]),
    ],
)
def test_the_entries_of_a_bundle_have_what_its_type_asks_for(type: str, entries: Json, expected: list[str]) -> None:
    bundle = {"resourceType": "Bundle", "type": type, "entry": entries}

    assert [message for message, _ in errors(bundle)] == expected


@pytest.mark.parametrize(("versions", "expected"), [("12", []), ("11", ["invariant:bdl-7"])])
def test_one_address_may_stand_twice_in_two_versions(versions: str, expected: list[str]) -> None:
    entries = [{**ENTRY, "resource": a_patient(meta={"versionId": version})} for version in versions]

    found = errors({"resourceType": "Bundle", "type": "collection", "entry": entries})

    assert [message for message, _ in found] == expected


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("http://provider.test/fhir", [("reference-type", "Bundle.entry[1].resource.subject")]),
        ("http://other.test/fhir", []),
    ],
)
def test_a_relative_reference_means_the_entry_below_the_same_base(base: str, expected: list[tuple[str, str]]) -> None:
    coding = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
    encounter = {"resourceType": "Encounter", "id": "e1", "status": "planned", "class": coding}
    observation = an_observation(id="o1", subject={"reference": "Encounter/e1"})
    bundle = a_bundle(encounter, observation)
    bundle["entry"][0]["fullUrl"] = f"{base}/Encounter/e1"

    found = errors(bundle)

    assert found == expected


@pytest.mark.parametrize(("length", "expected"), [(1024 * 1024, []), (1024 * 1024 + 1, ["type-string"])])
def test_a_string_is_no_longer_than_a_million_characters(length: int, expected: list[str]) -> None:
    assert [message for message, _ in errors(a_patient(name=[{"family": "x" * length}]))] == expected
