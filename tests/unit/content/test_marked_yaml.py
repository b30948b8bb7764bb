"""YAML is read like JSON with lines: nothing turns into something else, and each fault has its line."""

from decimal import Decimal

import pytest

from server.content.marked_yaml import YamlRefused, read


def test_only_what_json_knows_is_read() -> None:
    text = """\
whole: 12
exact: 100.50
yes: no
code: 0M
long: 00123
power: 1e5
date: 2026-01-01
time: 12:30
quoted: "55"
truth: true
none: null
empty:
list: [1, a]
"""

    assert read(text, "a.yaml").value == {
        "whole": 12,
        "exact": Decimal("100.50"),
        "yes": "no",
        "code": "0M",
        "long": "00123",
        "power": "1e5",
        "date": "2026-01-01",
        "time": "12:30",
        "quoted": "55",
        "truth": True,
        "none": None,
        "empty": None,
        "list": [1, "a"],
    }


def test_each_node_knows_its_line() -> None:
    document = read("a:\n  - b: 1\n    c: 2\n  - b: 3\n", "some/file.yaml")

    assert document.at("a", 0, "c") == "some/file.yaml:3"
    assert document.at("a", 1) == "some/file.yaml:4"
    assert document.at("a", 1, "missing", "deeper") == "some/file.yaml:4"
    assert document.finding("It is wrong.") == "some/file.yaml:1: It is wrong."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "1: The file is empty."),
        ("a: 1\nb: [", "3: did not find expected node content."),
        ("a: 1\nb: 2\na: 3\n", "3: The key a is there twice."),
        ("a: &x [1]\nb: *x\n", "1: An alias (*name) is used; write the value out."),
        ("? [1]\n: 2\n", "1: A key must be text."),
        ("a: 1\n---\nb: 2\n", "2: but found another document."),
    ],
)
def test_a_fault_is_refused_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(YamlRefused) as refused:
        read(text, "a.yaml")

    assert str(refused.value) == sentence
