"""Asks for packages over HTTP and reads the answers again: typed models, and the guide's rules for a package."""

from collections.abc import Iterator
from typing import Any

import httpx2

from server.content.typed import parse
from server.fhir import json
from server.fhir.json import Json
from tests.builders.forms import DTR

PATH = "/fhir/Questionnaire/$questionnaire-package"
FHIR_JSON = {"content-type": "application/fhir+json"}
VERSION_ALGORITHM = "http://hl7.org/fhir/StructureDefinition/artifact-versionAlgorithm"
_ORIGIN = f"{DTR}/information-origin"


async def ask(client: httpx2.AsyncClient, body: Json, status: int = 200) -> Json:
    """The answer to a package request, read and found valid."""
    response = await client.post(PATH, content=json.write(body), headers=FHIR_JSON)
    answer = json.read(response.content)
    assert response.status_code == status, answer
    assert response.headers["content-type"].split(";")[0] == "application/fhir+json"
    parse(answer)
    if status == 200:
        assert answer["resourceType"] == "Parameters"
        for bundle in packages(answer):
            check_package(bundle)
    return answer


def packages(answer: Json) -> list[Json]:
    """The package Bundles of an answer."""
    return [found["resource"] for found in answer["parameter"] if found["name"] == "packagebundle"]


def outcome(answer: Json) -> list[tuple[str, str, Any]]:
    """Severity, code and expression of the issues of the answer's outcome, or of an OperationOutcome."""
    if answer["resourceType"] == "Parameters":
        found = [found["resource"] for found in answer["parameter"] if found["name"] == "outcome"]
        assert len(found) <= 1
        answer = found[0] if found else {"issue": []}
    return [(issue["severity"], issue["code"], issue.get("expression")) for issue in answer["issue"]]


def resources(bundle: Json, kind: str) -> list[Json]:
    """The resources of a type in a Bundle."""
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def draft(bundle: Json) -> Json:
    """The one draft response of a package."""
    (response,) = resources(bundle, "QuestionnaireResponse")
    return response


def extensions(element: Json, name: str) -> list[Json]:
    """The values of the DTR extensions of a name on an element."""
    found = [each for each in element.get("extension", ()) if each["url"] == f"{DTR}/{name}"]
    return [next(value for key, value in each.items() if key.startswith("value")) for each in found]


def answers(bundle: Json) -> dict[str, Any]:
    """The values of the draft by linkId."""
    return {
        item["linkId"]: next(value for key, value in answer.items() if key.startswith("value"))
        for item in walk(draft(bundle))
        for answer in item.get("answer", ())
    }


def walk(parent: Json) -> Iterator[Json]:
    """All items below a resource or an item."""
    for item in parent.get("item", ()):
        yield item
        yield from walk(item)


def check_package(bundle: Json) -> None:
    """The rules of the package Bundle: order, closed slicing, completeness, versioned canonicals."""
    assert bundle["type"] == "collection"
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    assert kinds[:2] == ["Questionnaire", "QuestionnaireResponse"]
    assert set(kinds[2:]) <= {"Library", "ValueSet"}
    assert len({entry["fullUrl"] for entry in bundle["entry"]}) == len(kinds)
    questionnaire = bundle["entry"][0]["resource"]
    for found in (questionnaire, *resources(bundle, "Library"), *resources(bundle, "ValueSet")):
        assert VERSION_ALGORITHM in [each["url"] for each in found["extension"]]
    _check_parts(bundle, questionnaire)
    _check_draft(questionnaire, draft(bundle))


def _check_parts(bundle: Json, questionnaire: Json) -> None:
    sets = {f"{found['url']}|{found['version']}" for found in resources(bundle, "ValueSet")}
    assert {item["answerValueSet"] for item in walk(questionnaire) if "answerValueSet" in item} <= sets
    libraries = {f"{found['url']}|{found['version']}" for found in resources(bundle, "Library")}
    named = [each["valueCanonical"] for each in questionnaire["extension"] if each["url"].endswith("/cqf-library")]
    assert set(named) == libraries
    for library in resources(bundle, "Library"):
        content = {each["contentType"]: each["data"] for each in library["content"]}
        assert set(content) == {"text/cql", "application/elm+json"}
        assert all(content.values())


def _check_draft(questionnaire: Json, response: Json) -> None:
    """The draft answers this form: its version, its items in their order and nesting, one item for each linkId."""
    assert response["questionnaire"] == f"{questionnaire['url']}|{questionnaire['version']}"
    assert response["status"] == "in-progress"
    assert response["subject"]
    assert response["authored"]
    assert not {"basedOn", "partOf", "author"} & response.keys()
    assert len(extensions(response, "qr-coverage")) == 1
    assert len(extensions(response, "intendedUse")) == 1
    _check_items(questionnaire["item"], response.get("item", []))


def _check_items(asked: list[Json], given: list[Json]) -> None:
    texts = {item["linkId"]: item["text"] for item in asked}
    order = [item["linkId"] for item in asked if item["linkId"] in {each["linkId"] for each in given}]
    assert [item["linkId"] for item in given] == order
    for item in given:
        assert item["text"] == texts[item["linkId"]]
        for answer in item.get("answer", ()):
            (origin,) = [each for each in answer["extension"] if each["url"] == _ORIGIN]
            assert origin["extension"] == [{"url": "source", "valueCode": "auto-server"}]
        children = next(each.get("item", []) for each in asked if each["linkId"] == item["linkId"])
        _check_items(children, item.get("item", []))
