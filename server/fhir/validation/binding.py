"""Rules of codes: is a code in the value set that is bound, and is it a code of its system at all.

Where the packages can't say, nothing is refused: the code is reported once as not checked.
Spec page: https://hl7.org/fhir/R4/terminologies.html#binding
"""

from collections.abc import Callable, Mapping

from server.fhir.json import Json
from server.fhir.terminology.port import Codes, CodeSet, Terminology
from server.fhir.validation.finding import Findings
from server.fhir.validation.generated import only_with
from server.fhir.validation.rule import NOTHING, Ok, Rule, advice, sentence
from server.fhir.validation.scope import Scope
from server.fhir.validation.structure import Package

Member = Callable[[Json, CodeSet], bool | None]
"""Whether a value is in a set; None when that is not known."""


def _of_code(value: Json, codes: CodeSet) -> bool | None:
    return codes.has(None, value) if isinstance(value, str) else None


def _of_coding(value: Json, codes: CodeSet) -> bool | None:
    if not isinstance(value, dict):
        return None
    system, code = value.get("system"), value.get("code")
    if not isinstance(code, str):
        return codes.has(None, "") if code is None and "_code" not in value else None
    return codes.has(system if isinstance(system, str) else "", code)


def _of_quantity(value: Json, codes: CodeSet) -> bool | None:
    if not isinstance(value, dict) or "code" not in value:
        return None
    return _of_coding(value, codes)


def _of_concept(value: Json, codes: CodeSet) -> bool | None:
    """One coding in the set is enough. A concept without any coding is in no set that is wholly known."""
    rows = value.get("coding") if isinstance(value, dict) else None
    if not isinstance(rows, list):
        return codes.has(None, "")
    if len(rows) == 1:
        return _of_coding(rows[0], codes)
    answers = [_of_coding(row, codes) for row in rows]
    if True in answers:
        return True
    return None if None in answers else False


MEMBERS: Mapping[str, Member] = {
    "code": _of_code,
    "uri": _of_code,
    "string": _of_code,
    "id": _of_code,
    "canonical": _of_code,
    "Coding": _of_coding,
    "CodeableConcept": _of_concept,
    "Quantity": _of_quantity,
    "SimpleQuantity": _of_quantity,
    "Age": _of_quantity,
    "Duration": _of_quantity,
    "Money": _of_quantity,
}
"""How a value of each type is looked up that a binding can stand on."""


def binding_rule(type: str, bind: Mapping[str, str], terminology: Terminology, home: Package) -> list[Rule]:
    """The rules of the bindings of an element of a type."""
    member = MEMBERS.get(type)
    if member is None:
        return []
    rules = []
    for strength, canonical in bind.items():
        codes = terminology.value_set(canonical, home.versions())
        if codes is not None:
            rules.append(_bound(strength, canonical.partition("|")[0], codes, member))
    return rules


def _is_member(member: Member, codes: CodeSet) -> Ok:
    has = codes.has
    if member is _of_code:
        return lambda value, scope: type(value) is not str or has(None, value) is not False
    return lambda value, scope: member(value, codes) is not False


def _bound(strength: str, url: str, codes: CodeSet, member: Member) -> Rule:
    ok = _is_member(member, codes)

    if member is _of_quantity:
        # The vital signs of US Core fix units that are not in the value set they bind: nothing is refused for a unit.
        text = f"The unit is not one of {url}; use one of them."
        return advice(ok, f"binding-{strength}", "code-invalid", text)
    if strength == "extensible":

        def advised(value: Json, scope: Scope) -> bool:
            return ok(value, scope) or (isinstance(value, dict) and "coding" not in value and "text" in value)

        text = f"The code is not one of {url}; use one of them unless none says what is meant."
        return advice(advised, "binding-extensible", "code-invalid", text)
    text = f"The code is not one of {url}; use one of them."
    return sentence(ok, f"binding-{strength}", "code-invalid", text)


class _AnyCode:
    """A system whose codes are not known, and will not be."""

    def has(self, code: str) -> bool:
        """Nothing is refused."""
        return True


_ANY_CODE = _AnyCode()


def coding_rule(terminology: Terminology) -> Rule:
    """A code of a system whose codes are known must be one of them. Any other is not checked, and that is said."""

    found: dict[str, Codes] = {}

    def ok(value: Json, scope: Scope) -> bool:
        system, code = value.get("system"), value.get("code")
        if type(system) is not str or type(code) is not str:
            return True
        known = found.get(system)
        if known is None:
            known = terminology.system(system)
            if known is None:
                if terminology.is_published(system):  # or else documents could make the table grow
                    found[system] = _ANY_CODE
                return True
            found[system] = known
        return known.has(code) or code.isspace()

    def report(value: Json, scope: Scope, place: str, findings: Findings) -> None:
        if not ok(value, scope):
            text = "The code is none of its code system; use one of the system's codes, or another system."
            findings.error("code-unknown", "code-invalid", f"{place}.code", text)

    return Rule(ok, report, write_known=only_with(ok, "system", "code")) if terminology is not None else NOTHING
