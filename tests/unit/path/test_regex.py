"""Regular expressions mean what they mean in Java and JavaScript, for which the guides write them."""

import pytest

from server.fhir.path.errors import EvaluationRefused
from server.fhir.path.regex import pattern


@pytest.mark.parametrize(
    ("expression", "text", "found"),
    [
        (r"^[\d\w]+\/[\d\w-.]+$", "Patient/a-b.c", True),
        (r"^[\d\w]+\/[\d\w-.]+$", "Patient/a b", False),
        (r"^[a-c-\d]+$", "a-1", True),
        (r"^[-a]+$", "-a", True),
        (r"^[a-c]+$", "a-c", False),
        (r"^[]a]+$", "]a", True),
        (r"^[^]a]+$", "bc", True),
        (r"^[[a]+$", "[a", True),
        (r"^[\[\]]+$", "[]", True),
        (r"a.b", "a\nb", True),
        (r"^\d$", "٣", False),
        (r"^\w$", "é", False),
        (r"(?<year>\d{4})", "in 2024", True),
        (r"a\z", "a\n", False),
        (r"a\Z", "a\n", True),
    ],
)
def test_reads_what_the_guides_write(expression: str, text: str, found: bool) -> None:
    assert (pattern(expression).search(text) is not None) is found


@pytest.mark.parametrize("expression", ["(", "[a", "a{2,1}", r"\p{L}", "*", "(?<a>x)(?<a>y)"])
def test_refuses_what_it_cannot_read(expression: str) -> None:
    with pytest.raises(EvaluationRefused):
        pattern(expression)
