"""The facts of one request by what they are asked for, built once for all criteria and items."""

from collections.abc import Iterable

from server.decision.codes import canonical
from server.decision.facts import Answered, Authorized, Diagnosed, Facts, Observed
from server.decision.request import Code


class FactIndex:
    """Facts looked up by code, and by form and item."""

    def __init__(self, facts: Facts) -> None:
        self.diagnosed: tuple[Diagnosed, ...] = facts.diagnosed
        self.authorized: tuple[Authorized, ...] = tuple(
            Authorized(fact.number, tuple(canonical(code) for code in fact.codes), fact.valid, fact.source)
            for fact in facts.authorized
        )
        self._observed: dict[Code, list[Observed]] = {}
        self._answered: dict[tuple[str, str], list[Answered]] = {}
        for observed in facts.observed:
            for code in dict.fromkeys(canonical(code) for code in observed.codes):
                self._observed.setdefault(code, []).append(observed)
        for answered in facts.answered:
            self._answered.setdefault((answered.questionnaire, answered.link_id), []).append(answered)

    def observations(self, codes: Iterable[Code]) -> tuple[Observed, ...]:
        """Observations with any of the codes, each once."""
        found = {id(fact): fact for code in codes for fact in self._observed.get(code, ())}
        return tuple(found.values())

    def answers(self, questionnaire: str, link_id: str) -> tuple[Answered, ...]:
        """Answers to the item of the form."""
        return tuple(self._answered.get((questionnaire, link_id), ()))
