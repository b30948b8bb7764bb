"""Rules of codes: is a code in the value set that is bound, and is it a code of its system at all.

Where the packages can't say, nothing is refused: the code is reported once as not checked.
Spec page: https://hl7.org/fhir/R4/terminologies.html#binding
"""

from collections.abc import Callable, Mapping

from server.fhir.json import Json
from server.fhir.terminology.local import CodeSystem, ValueSet
from server.fhir.terminology.port import Codes, CodeSet, Terminology
from server.fhir.validation.finding import Findings
from server.fhir.validation.generated import Source
from server.fhir.validation.rule import Ok, Rule, Write, WriteKnown, advice, sentence
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


def _written(member: Member, codes: CodeSet, ok: Ok) -> tuple[Write | None, WriteKnown | None]:
    """The look at a set of the shipped terminology in place: a code that is there needs no call."""
    if not isinstance(codes, ValueSet):
        return None, None
    if member is _of_code:
        return lambda source, name: source.refuse_if(
            f"{name} not in {source.bind(codes.alone)} and not {source.bind(ok)}({name}, scope)"
        ), None
    if member is _of_concept:
        return None, lambda source, names: _write_concept(source, names, codes, ok)
    return None, None


def _write_concept(source: Source, names: Mapping[str, str], codes: ValueSet, ok: Ok) -> None:
    if "coding" not in names:
        source.ask([ok])
        return
    first, among = source.variable(), source.bind(codes.codes)
    source.add(f"{first} = {names['coding']}[0]")
    found = f"{first}.get('code') in {among}.get({first}.get('system'), ())"
    source.refuse_if(f"not {found} and not {source.bind(ok)}(value, scope)")


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
    write, write_known = _written(member, codes, ok)
    return sentence(ok, f"binding-{strength}", "code-invalid", text, write=write, write_known=write_known)


MOST_UNLISTED = 500
"""Code systems without known codes that are remembered, whoever names them."""


def coding_rule(terminology: Terminology) -> Rule:
    """A code of a system whose codes are known must be one of them. Any other is not checked, and that is said."""
    codings = _Codings(terminology)
    ok = codings.ok

    def report(value: Json, scope: Scope, place: str, findings: Findings) -> None:
        if not ok(value, scope):
            text = "The code is none of its code system; use one of the system's codes, or another system."
            findings.error("code-unknown", "code-invalid", f"{place}.code", text)

    def write_known(source: Source, names: Mapping[str, str]) -> None:
        if "system" in names and "code" in names:
            system, code = names["system"], names["code"]
            listed, unlisted = source.bind(codings.listed), source.bind(codings.unlisted)
            plain = f"{system} in {unlisted} or {code} in {listed}.get({system}, ())"
            source.refuse_if(f"not ({plain}) and not {source.bind(ok)}(value, scope)")

    return Rule(ok, report, write_known=write_known)


class _Codings:
    """Codes by their systems. Few are remembered that no package names, so that documents can't make it grow."""

    def __init__(self, terminology: Terminology) -> None:
        self._terminology = terminology
        self._known: dict[str, Codes] = {}
        self.listed: dict[str, frozenset[str]] = {}
        """The codes of the shipped systems that documents had."""
        self.unlisted: set[str] = set()
        """Systems whose codes nobody knows, now or later."""

    def ok(self, value: Json, scope: Scope) -> bool:
        """Whether the code of a Coding is not known to be wrong."""
        system, code = value.get("system"), value.get("code")
        if type(system) is not str or type(code) is not str:
            return True
        known = self._known.get(system)
        if known is None and system not in self.unlisted:
            known = self._find(system)
        return known is None or known.has(code) or code.isspace()

    def _find(self, system: str) -> Codes | None:
        known = self._terminology.system(system)
        if known is not None:
            self._known[system] = known
            if isinstance(known, CodeSystem):
                self.listed[system] = known.codes
        elif len(self.unlisted) < MOST_UNLISTED or self._terminology.is_published(system):
            self.unlisted.add(system)
        return known
