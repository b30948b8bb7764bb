"""A second engine agrees: fhirpathpy, on what it knows (it has no hasValue, memberOf or htmlChecks)."""

import warnings
from typing import Any

import pytest

from server.fhir import json
from server.fhir.path.compile import compile_path

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    fhirpathpy = pytest.importorskip("fhirpathpy", reason="fhirpathpy is not installed")
    MODEL = pytest.importorskip("fhirpathpy.models", reason="fhirpathpy is not installed").models["r4"]

CLAIM: dict[str, Any] = {
    "resourceType": "Claim",
    "id": "c1",
    "status": "active",
    "created": "2026-11-20",
    "patient": {"reference": "Patient/p1"},
    "total": {"value": 100.5, "currency": "USD"},
    "item": [
        {
            "sequence": 1,
            "productOrService": {
                "coding": [{"system": "http://a", "code": "E0424"}, {"system": "http://b", "code": "x"}]
            },
            "servicedDate": "2026-11-21",
            "quantity": {"value": 2, "unit": "month"},
        },
        {
            "sequence": 2,
            "productOrService": {"coding": [{"system": "http://a", "code": "E1390"}]},
            "servicedPeriod": {"start": "2026-11-21", "end": "2026-12-20"},
            "extension": [{"url": "http://x", "valueCode": "a"}],
        },
    ],
}
EXPRESSIONS = [
    "Claim.item.sequence",
    "item.productOrService.coding.code",
    "item.serviced",
    "item.serviced.ofType(Period).start",
    "item.where(serviced is Period).sequence",
    "item.where(productOrService.coding.exists(code = 'E0424')).sequence",
    "item.extension('http://x').value",
    "item.extension.where(url = 'http://x').value = 'a'",
    "item.all(sequence > 0)",
    "item.sequence.aggregate($this + $total, 0)",
    "item.select(productOrService.coding.count())",
    "item.productOrService.coding.code.distinct().count()",
    "item.productOrService.coding.system.isDistinct()",
    "item.skip(1).sequence | item.first().sequence",
    "item.tail().exists() and item.empty().not()",
    "created <= @2026-11-20",
    "created + 1 month",
    "total.value * 2",
    "total.value > 100 implies total.currency = 'USD'",
    "patient.reference.startsWith('Patient/')",
    "patient.reference.substring(8).upper()",
    "patient.reference.indexOf('/')",
    "patient.reference.replace('Patient', 'X').length()",
    "item.quantity.unit.matches('^mon')",
    "iif(status = 'active', item.count(), 0)",
    "(1 | 2 | 3).where($this mod 2 = 1)",
    "1 = 1.0 and 'a' ~ 'A'",
    "({} or true) and ({} = {}).empty()",
    "5 div 2 + 7 mod 4",
    "'1'.toInteger() + 1",
    "item.repeat(productOrService | coding).count()",
    "item.descendants().where($this is Coding).code",
    "item.children().count()",
    "Claim.type.exists() or Claim.status.exists()",
    "item.sequence.subsetOf(1 | 2 | 3)",
    "item.sequence contains 2 and 3 in item.sequence",
    "item.sequence.combine(1).count()",
    "item.sequence.exclude(1)",
    "item.sequence.intersect(2 | 3)",
    "status.toChars().first()",
    "@2026-11-20T10:00:00Z < @2026-11-20T12:00:00+01:00",
    "@2026-11 = @2026-11-20",
    "10 'mg' = 10 'mg'",
]


def _plain(values: list[Any]) -> list[Any]:
    return [float(value) if type(value).__name__ == "Decimal" else getattr(value, "asStr", value) for value in values]


@pytest.mark.parametrize("expression", EXPRESSIONS)
@pytest.mark.filterwarnings("ignore")
def test_both_engines_find_the_same(expression: str) -> None:
    theirs = fhirpathpy.evaluate(CLAIM, expression, model=MODEL)

    ours = compile_path(expression).values(json.read(json.write(CLAIM)))

    assert _plain(ours) == _plain(theirs)
