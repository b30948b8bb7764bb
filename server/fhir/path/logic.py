"""Three-valued logic, with as little looked at as the answer needs.

Spec page: http://hl7.org/fhirpath/N1/#boolean-logic
"""

from server.fhir.path.environment import Scope
from server.fhir.path.function import Compiled
from server.fhir.path.items import TRUE, answer, truth
from server.fhir.path.values import Items


def shortcut(runs: tuple[Compiled, ...], decisive: bool) -> Compiled:
    """`and` ends at the first false, `or` at the first true."""

    def run(scope: Scope) -> Items:
        result: bool | None = not decisive
        for operand in runs:
            value = truth(operand(scope))
            if value is decisive:
                return answer(decisive)
            if value is None:
                result = None
        return answer(result)

    return run


def implies(left: Compiled, right: Compiled) -> Compiled:
    """`implies`; what a false left side implies is not looked at."""

    def run(scope: Scope) -> Items:
        first = truth(left(scope))
        if first is False:
            return TRUE
        second = truth(right(scope))
        return answer(second if first or second else None)

    return run


def xor(left: Compiled, right: Compiled) -> Compiled:
    """`xor`."""

    def run(scope: Scope) -> Items:
        first, second = truth(left(scope)), truth(right(scope))
        return answer(None if first is None or second is None else first is not second)

    return run
