"""Cards beside the coverage information: limits that may change an order, and links to published policies.

Coverage information itself is never a card. A card links a document to read, never a portal to ask in.
Spec page: https://hl7.org/fhir/us/davinci-crd/cards.html
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from server.crd.decide import DecidedOrder
from server.crd.gather import Gathered
from server.crd.wire.dialect import Dialect
from server.decision.determination import Excluded, Rule
from server.decision.intake.order import code_concepts
from server.decision.limit import shown
from server.decision.plan.plan import Plan
from server.fhir.json import Json
from server.fhir.lenient import codings, obj, text

_LONGEST_SUMMARY = 139
_LONGEST_NAME = 80
_NO_MARKUP = dict.fromkeys(map(ord, "*_`[]()<>#!|\\\r\n"))
"""A card's detail is markdown, and a name comes from the order: it must not become a link or a heading."""

Group = tuple[Rule, str, list[DecidedOrder]]
"""The orders that one rule decided, with the id of its plan."""


@dataclass(frozen=True, slots=True)
class Cards:
    """Makes the cards of one answer, in the order of its orders."""

    dialect: Dialect
    gathered: Gathered
    plans: Mapping[str, Plan]
    new_id: Callable[[], str]

    def policies(self, decided: Iterable[DecidedOrder]) -> list[Json]:
        """An External Reference for each policy that decided an order and has a published source.

        Spec: hl7.fhir.us.davinci-crd_2.2.1@resp-19
        """
        groups = [group for group in _by_rule(decided) if group[0].kind == "policy" and _links(group[0])]
        return [
            {
                **self._card(group, "guideline", "Guideline", f"{group[0].title}: criteria of the coverage policy"),
                "links": [{"label": label, "url": url, "type": "absolute"} for url, label in _links(group[0]).items()],
            }
            for group in groups
        ]

    def limits(self, decided: Iterable[DecidedOrder]) -> list[Json]:
        """Instructions for each limit of the contract that an ordered service has.

        Spec: hl7.fhir.us.davinci-crd_2.2.1@resp-24
        """
        cards = []
        for group in _by_rule(each for each in decided if _limit(each)):
            rule, _, orders = group
            most = next(limit for order in orders if (limit := _limit(order)))
            cards.append(self._card(group, "limits", "Limits", f"{rule.title}: at most {most} for one request"))
        return cards

    def _card(self, group: Group, topic: str, display: str, summary: str) -> Json:
        _, plan, orders = group
        references = [order.item.source for order in orders]
        associated = [{"reference": each} for each in references] if self.dialect.associated_reference else references
        coding = {"system": self.dialect.topic_system, "code": topic, "display": display}
        return {
            "uuid": self.new_id(),
            "summary": summary[:_LONGEST_SUMMARY],
            "detail": f"Applies to {self._names(orders)}. {_ADVICE[topic]}",
            "indicator": "info",
            "source": {"label": self.plans[plan].payer_name, "topic": coding},
            "extension": {"davinci-crd.associated-resource": associated},
        }

    def _names(self, orders: list[DecidedOrder]) -> str:
        """The orders in words, so that a person knows which are meant.

        Spec: hl7.fhir.us.davinci-crd_2.2.1@dev-24
        """
        return ", ".join(dict.fromkeys(f"**{name_of(each.order.resource, self.gathered)}**" for each in orders))


_ADVICE = {
    "guideline": "The linked policy says which findings and documents it asks for.",
    "limits": "A request for more is authorized up to the limit; state the quantity in the order.",
}


def _by_rule(decided: Iterable[DecidedOrder]) -> list[Group]:
    groups: dict[tuple[str, str], Group] = {}
    for each in decided:
        if each.determined and each.enrolment:
            key = (each.determined.rule.id, each.enrolment.plan)
            groups.setdefault(key, (each.determined.rule, each.enrolment.plan, []))[2].append(each)
    return list(groups.values())


def _limit(decided: DecidedOrder) -> str | None:
    found = decided.determined
    return shown(found.allowed) if found and found.allowed and not isinstance(found.outcome, Excluded) else None


def _links(rule: Rule) -> Mapping[str, str]:
    """Titles of the rule's published sources by their address."""
    return {citation.url: f"{citation.document}, {citation.page}" for citation in rule.citations if citation.url}


def name_of(order: Json, gathered: Gathered) -> str:
    """What is ordered, in words where the order has any, else by its code, else by its type."""
    concepts = [obj(concept) for concept in code_concepts(order, gathered.find_from(order))]
    found = [coding for concept in concepts for coding in codings(concept)]
    names = [text(concept.get("text")) for concept in concepts]
    names += [text(coding.get("display")) for coding in found] + [text(coding.get("code")) for coding in found]
    plain = (name.translate(_NO_MARKUP)[:_LONGEST_NAME].strip() for name in names if name)
    return next((name for name in plain if name), str(order["resourceType"]))
