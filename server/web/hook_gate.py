"""Holds the FHIR parts of a hook call against R4 and CRD.

What is no valid R4 is refused: orders are written onto, and an answer from what can't be read would be a guess. What
breaks a profile of the order is refused as the setting says. What was only fetched along is its server's business
beyond valid R4: the hook answers, and the findings are told.
Spec page: https://cds-hooks.hl7.org/#http-status-codes
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from server.aside import work_for
from server.errors import Refusal, RequestRefused
from server.fhir.json import Json
from server.fhir.validation.finding import Finding
from server.fhir.validation.validate import Verdict
from server.web.enforcement import HOOKS
from server.web.gate import Gate
from server.web.held import HeldPart
from server.web.refusal import refusal_of, warning_of


class HookGate:
    """The gate of all hooks. It implements HoldParts.

    `gates` are those of the generations of the guide by their version, the newest first. An extension has the same url
    in all of them and other parts in each, so a call may keep the rules of any: clients repeat on an order what an
    older answer said.
    """

    def __init__(self, gates: Mapping[str, Gate]) -> None:
        self._gates = gates
        self._gate = next(iter(gates.values()))

    @property
    def checks_answers(self) -> bool:
        """Whether answers are checked at all."""
        return self._gate.checks_answers

    async def called(self, hook: str, parts: Sequence[HeldPart], size_bytes: int) -> tuple[tuple[str, str], ...]:
        """Headers for the answer to a call that may go on; raises RequestRefused for one that may not."""
        strictness = self._gate.enforcement.of(hook, HOOKS)
        if strictness == "off":
            return ()
        broken = await work_for(size_bytes)(lambda: self._broken(parts))
        if not broken:
            return ()
        if invalid := _together(self._without_claims(broken)):
            raise self._refused(hook, invalid, Refusal.INVALID)
        refusing = _together((part, verdict) for part, verdict in broken if not part.only_base)
        if strictness == "enforce" and refusing:
            raise self._refused(hook, refusing, Refusal.UNPROCESSABLE)
        told = _together(broken) or Verdict(())
        self._gate.tell("reported", hook, told.findings)
        return (("Warning", warning_of(told)),)

    async def answered(self, hook: str, version: str, parts: Sequence[HeldPart]) -> None:
        """Holds what an answer in a version of the guide carries."""
        gate = self._gates.get(version, self._gate)
        for part in parts:
            await gate.check_sent(hook, part.resource, part.profiles)

    def _broken(self, parts: Sequence[HeldPart]) -> list[tuple[HeldPart, Verdict]]:
        judged = ((part, self._verdict(part.resource, part.profiles)) for part in parts)
        return [(part, verdict) for part, verdict in judged if verdict is not None]

    def _without_claims(self, broken: Sequence[tuple[HeldPart, Verdict]]) -> Iterator[tuple[HeldPart, Verdict]]:
        """What is broken of R4 itself, whatever the resource claims to be besides."""
        for part, _ in broken:
            verdict = self._verdict(_without_claims(part.resource), ())
            if verdict is not None:
                yield part, verdict

    def _verdict(self, resource: Json, profiles: Sequence[str]) -> Verdict | None:
        """The verdict of the generation that the resource comes closest to; None when it keeps the rules of one."""
        found: list[Verdict] = []
        for gate in self._gates.values():
            verdict = gate.verdict(resource, profiles)
            if verdict is None:
                return None
            found.append(verdict)
        return min(found, key=lambda verdict: verdict.errors)

    def _refused(self, hook: str, verdict: Verdict, kind: Refusal) -> RequestRefused:
        self._gate.tell("refused", hook, verdict.findings)
        return refusal_of(verdict, None, self._gate.most_issues, kind)


def _without_claims(resource: Json) -> Json:
    meta = resource.get("meta") if isinstance(resource, dict) else None
    if not isinstance(meta, dict) or "profile" not in meta:
        return resource
    kept = {name: value for name, value in meta.items() if name != "profile"}
    rest = {name: value for name, value in resource.items() if name != "meta"}
    return {**rest, "meta": kept} if kept else rest


def _together(broken: Iterator[tuple[HeldPart, Verdict]] | Sequence[tuple[HeldPart, Verdict]]) -> Verdict | None:
    """One verdict on all parts, with the places as they are in the body; None when there are no findings."""
    verdicts = [(part.place, verdict) for part, verdict in broken]
    if not verdicts:
        return None
    findings = [_placed(finding, place) for place, verdict in verdicts for finding in verdict.findings]
    left_out = sum(verdict.left_out for _, verdict in verdicts)
    return Verdict(tuple(findings), left_out, sum(verdict.errors for _, verdict in verdicts))


def _placed(finding: Finding, place: str) -> Finding:
    """The finding with its place in the body: the type's name at the front of the path is the part itself."""
    _, dot, below = finding.expression.partition(".")
    return replace(finding, expression=f"{place}{dot}{below}")
