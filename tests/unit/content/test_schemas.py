"""The schemas of authored files are schemas, and written out they say the same."""

import msgspec
import pytest
from jsonschema import Draft202012Validator

from server.content.marked_yaml import read
from server.content.schema_check import inlined, schema_findings, validator
from tests.builders.content import ROOT

SCHEMAS = [
    ("server.decision.plan", "plan.schema.json"),
    ("server.decision.policy", "policy.schema.json"),
    ("server.decision.policy", "cases.schema.json"),
]


def _schema(package: str, name: str) -> object:
    return msgspec.json.decode((ROOT / package.replace(".", "/") / name).read_bytes())


@pytest.mark.parametrize(("package", "name"), SCHEMAS)
def test_a_schema_is_a_schema_before_and_after_it_is_written_out(package: str, name: str) -> None:
    schema = _schema(package, name)

    Draft202012Validator.check_schema(schema)  # type: ignore[arg-type]
    Draft202012Validator.check_schema(inlined(schema))


@pytest.mark.parametrize("text", ["id: 1\n", "[]\n", "id: a\ncriteria: {id: a, text: b, all: [{id: c}]}\n"])
def test_a_schema_that_is_written_out_finds_the_same(text: str) -> None:
    schema = _schema("server.decision.policy", "policy.schema.json")
    document = read(text, "policy.yaml")

    plain = schema_findings(Draft202012Validator(schema), document)  # type: ignore[arg-type]

    assert plain
    assert schema_findings(validator("server.decision.policy", "policy.schema.json"), document) == plain
