"""A record has the elements of the guide's logical model: each by its name, as often and as required as it says."""

import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from server.errors import Issue
from server.fhir import json
from server.metrics.record import CALLS, record_of
from server.metrics.urls import METRIC_DATA
from server.pas.example import submit_example
from tests.shared import shared
from tests.unit.metrics.test_record import a_claim_response, exchange

Json = Any
ROOT = "PASMetricData"


@pytest.fixture(scope="module")
def model() -> Mapping[str, Json]:
    """The elements of the model by their path."""
    package = shared() / "igs" / "hl7.fhir.us.davinci-pas-2.2.1.tgz"
    with tarfile.open(package) as archive:
        member = archive.extractfile("package/StructureDefinition-PASMetricData.json")
        assert member is not None
        definition = json.read(member.read())
    assert definition["url"] == METRIC_DATA
    return {element["path"]: element for element in definition["snapshot"]["element"]}


def _broken(value: Json, path: str, model: Mapping[str, Json]) -> Iterator[str]:
    """What of a part of a record the model does not have, has otherwise, or misses."""
    children = {name for name in model if name.startswith(f"{path}.") and "." not in name[len(path) + 1 :]}
    for name, found in value.items():
        element = model.get(f"{path}.{name}")
        if element is None:
            yield f"{path}.{name} is no element"
            continue
        many = element["max"] == "*"
        if isinstance(found, list) is not many:
            yield f"{path}.{name} has max {element['max']}"
        for each in found if many else [found]:
            if element["type"][0]["code"] in ("BackboneElement", "Identifier"):
                yield from _broken(each, f"{path}.{name}", model)
    yield from (f"{child} is required" for child in sorted(children) if _is_missing(value, child, model))


def _is_missing(value: Json, path: str, model: Mapping[str, Json]) -> bool:
    return model[path]["min"] > 0 and path.rpartition(".")[2] not in value


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@metric-2")
@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_record_fits_the_model(model: Mapping[str, Json], name: str) -> None:
    asked = {
        "resourceType": "CommunicationRequest",
        "payload": [{"contentString": "34117-2"}],
    }
    answer = {"resourceType": "Bundle", "entry": [{"resource": a_claim_response()}, {"resource": asked}]}
    refused = (Issue("value", "The value is no code.", rule="binding"),)

    answered = record_of(exchange(submit_example(), answer, name))
    told = record_of(replace(exchange(submit_example(), None, name), status=400, issues=refused))

    for record in (answered, told):
        assert record.pop("resourceType") == METRIC_DATA
        assert list(_broken(record, ROOT, model)) == []
    assert {"aaaCodes", "itemDetail"} <= set(answered)
    assert told["issue"][0]["code"] == "value"
