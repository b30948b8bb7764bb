"""Three-valued logic, with as little looked at as the answer needs.

Spec page: http://hl7.org/fhirpath/N1/#boolean-logic
"""

from server.fhir.path.environment import Scope
from server.fhir.path.function import Compiled
from server.fhir.path.items import TRUE, answer, truth
from server.fhir.path.values import Items


def logic(operator: str, left: bool | None, right: bool | None) -> bool | None:
    """`and`, `or`, `xor`, `implies` over true, false and unknown."""
    match operator:
        case "and":
            return False if left is False or right is False else None if left is None or right is None else True
        case "or":
            return True if left is True or right is True else None if left is None or right is None else False
        case "implies":
            return True if left is False or right is True else None if left is None or right is None else False
        case _:
            return None if left is None or right is None else left != right


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


def lazy(operator: str, left: Compiled, right: Compiled) -> Compiled:
    """`implies` and `xor`; the right side of `false implies` is not looked at."""

    def run(scope: Scope) -> Items:
        first = truth(left(scope))
        if operator == "implies" and first is False:
            return TRUE
        return answer(logic(operator, first, truth(right(scope))))

    return run
