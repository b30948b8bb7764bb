"""Holds what comes in against its profiles before any feature sees it, and what goes out when that is asked for.

The quick answer is a yes or no; only on no are the findings collected. A body that takes long is judged in a thread, so
that it holds nobody else up.
Spec page: https://hl7.org/fhir/R4/validation.html
"""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from server.aside import work_for
from server.errors import PassageError, RequestRefused
from server.fhir import json
from server.fhir.json import Json
from server.fhir.validation.finding import Finding
from server.fhir.validation.structure import Package
from server.fhir.validation.validate import Validator, Verdict
from server.web.declare import FhirAnswer
from server.web.enforcement import Enforcement
from server.web.refusal import refusal_of, warning_of
from server.web.table import Endpoint

SelfCheck = Literal["off", "report", "raise"]


class InvalidAnswer(PassageError):
    """An answer of ours breaks its profile, and the self-check was told to raise."""


class Tell(Protocol):
    """Takes note of what was found: in the log and in the metrics."""

    def __call__(self, event: str, name: str, findings: Sequence[Finding]) -> None:
        """`event` is refused, reported or answer; nothing of a resource but places and ids of rules is noted."""


class Gate:
    """The gate of one FHIR base, or of the hooks."""

    def __init__(
        self,
        validator: Callable[[], Validator],
        enforcement: Enforcement,
        tell: Tell,
        *,
        packages: Sequence[str] = (),
        most_issues: int = 100,
        self_check: SelfCheck = "off",
    ) -> None:
        """`packages` are `name#version` of the guides whose versions count where a canonical names none."""
        self.enforcement = enforcement
        self._validator = validator
        self.tell = tell
        self._named = tuple(packages)
        self._packages: tuple[Package, ...] | None = None
        self.most_issues = most_issues
        self._self_check = self_check

    @property
    def checks_answers(self) -> bool:
        """Whether answers are checked at all."""
        return self._self_check != "off"

    async def admit(self, endpoint: Endpoint, resource: Json, size_bytes: int) -> tuple[tuple[str, str], ...]:
        """Headers for the answer to a request that may go on; raises RequestRefused for one that may not."""
        strictness = self.enforcement.of(endpoint.name)
        if not endpoint.takes or strictness == "off":
            return ()
        verdict = await self.judge(resource, endpoint.takes, size_bytes)
        if verdict is None:
            return ()
        if strictness == "report":
            self.tell("reported", endpoint.name, verdict.findings)
            return (("Warning", warning_of(verdict)),)
        self.tell("refused", endpoint.name, verdict.findings)
        raise refusal_of(verdict, _readable(endpoint, resource), self.most_issues)

    async def judge(self, resource: Json, profiles: Sequence[str], size_bytes: int) -> Verdict | None:
        """The verdict on a resource that must fit one of `profiles`; None when it does."""
        return await work_for(size_bytes)(lambda: self.verdict(resource, profiles))

    async def check_answer(self, endpoint: Endpoint, answer: FhirAnswer) -> None:
        """Holds an answer against what its declaration says that it is, when answers are checked."""
        if self.checks_answers and answer.body:
            await self.check_sent(endpoint.name, json.read(answer.body), endpoint.gives, len(answer.body))

    async def check_sent(self, name: str, resource: Json, profiles: Sequence[str], size_bytes: int = 0) -> None:
        """Holds something that we send against `profiles`, or its type and claims, when answers are checked."""
        if not self.checks_answers:
            return
        verdict = await self.judge(resource, profiles, size_bytes)
        if verdict is not None:
            self.broken(name, verdict.findings)

    def broken(self, name: str, findings: Sequence[Finding]) -> None:
        """Tells that an answer of ours breaks rules, and raises InvalidAnswer where it must not."""
        self.tell("answer", name, findings)
        if self._self_check == "raise":
            found = [f"{each.message} {each.expression}" for each in findings if each.severity == "error"]
            raise InvalidAnswer(f"{name} answers what breaks its profiles: {found[:20]}")

    def verdict(self, resource: Json, profiles: Sequence[str]) -> Verdict | None:
        """The same, on the thread that asks."""
        validator = self._validator()
        packages = self._preferred(validator)
        held = _subject(validator, resource, profiles)
        choices: list[list[str]] = [[profile] for profile in profiles] or [[]]
        if any(validator.is_valid(held, choice, packages) for choice in choices):
            return None
        verdicts = [validator.validate(held, choice, packages) for choice in choices]
        closest = min(verdicts, key=lambda verdict: verdict.errors)
        return None if closest.valid else closest

    def _preferred(self, validator: Validator) -> tuple[Package, ...]:
        if self._packages is None:
            known = {f"{one.name}#{one.version}": one for one in validator.library.packages}
            self._packages = tuple(known[name] for name in self._named if name in known)
        return self._packages


def _subject(validator: Validator, resource: Json, profiles: Sequence[str]) -> Json:
    """What the profiles are about: the body, or the one parameter `resource` of a body that is Parameters around it."""
    if not isinstance(resource, dict) or resource.get("resourceType") != "Parameters":
        return resource
    found = (validator.library.find(profile) for profile in profiles)
    types = {structure.type for structure in found if structure is not None}
    rows = resource.get("parameter")
    if not types or "Parameters" in types or not isinstance(rows, list):
        return resource
    inner = [row.get("resource") for row in rows if isinstance(row, dict) and row.get("name") == "resource"]
    fits = len(inner) == 1 and isinstance(inner[0], dict) and inner[0].get("resourceType") in types
    return inner[0] if fits else resource


def _readable(endpoint: Endpoint, resource: Json) -> RequestRefused | None:
    """What the operation's own reader says of a body that it would refuse."""
    if endpoint.reads is None:
        return None
    try:
        endpoint.reads(resource)
    except RequestRefused as refused:
        return refused
    return None
