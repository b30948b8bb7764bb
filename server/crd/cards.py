"""Cards beside the coverage information: a link to the published policy that the requirements of an order come from.

Coverage information itself is never a card. A card links a document to read, never a portal to ask in.
Spec page: https://hl7.org/fhir/us/davinci-crd/cards.html#external-reference
"""

from collections.abc import Callable, Iterable, Mapping

from server.content.content import Content
from server.crd.decide import DecidedOrder
from server.crd.gather import Gathered
from server.crd.wire.dialect import Dialect
from server.decision.determination import Rule
from server.decision.intake.order import code_concepts
from server.fhir.json import Json
from server.fhir.lenient import codings, obj, text

_LONGEST_SUMMARY = 139
_LONGEST_NAME = 80
_NO_MARKUP = dict.fromkeys(map(ord, "*_`[]()<>#!|\\\r\n"))
"""A card's detail is markdown, and a name comes from the order: it must not become a link or a heading."""


def policy_cards(
    decided: Iterable[DecidedOrder], content: Content, dialect: Dialect, gathered: Gathered, new_id: Callable[[], str]
) -> list[Json]:
    """One card for each policy that decided an order and has a published source, in the order of the orders.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@resp-19
    """
    by_rule: dict[tuple[str, str], tuple[Rule, list[DecidedOrder]]] = {}
    for each in decided:
        if each.determined and each.enrolment and _links(each.determined.rule):
            rule = each.determined.rule
            by_rule.setdefault((rule.id, each.enrolment.plan), (rule, []))[1].append(each)
    return [
        _card(rule, orders, content.plans[plan].payer_name, dialect, gathered, new_id())
        for (_, plan), (rule, orders) in by_rule.items()
        if rule.kind == "policy"
    ]


def _links(rule: Rule) -> Mapping[str, str]:
    """Titles of the rule's published sources by their address."""
    return {citation.url: f"{citation.document}, {citation.page}" for citation in rule.citations if citation.url}


def _card(
    rule: Rule, orders: list[DecidedOrder], payer: str, dialect: Dialect, gathered: Gathered, card_id: str
) -> Json:
    references = [order.item.source for order in orders]
    names = ", ".join(dict.fromkeys(f"**{name_of(order.order.resource, gathered)}**" for order in orders))
    topic = {"system": dialect.topic_system, "code": "guideline", "display": "Guideline"}
    associated = [{"reference": each} for each in references] if dialect.associated_reference else references
    return {
        "uuid": card_id,
        "summary": f"{rule.title}: criteria of the coverage policy"[:_LONGEST_SUMMARY],
        "detail": f"Applies to {names}. The policy says which findings and documents it asks for.",
        "indicator": "info",
        "source": {"label": payer, "topic": topic},
        "links": [{"label": label, "url": url, "type": "absolute"} for url, label in _links(rule).items()],
        "extension": {"davinci-crd.associated-resource": associated},
    }


def name_of(order: Json, gathered: Gathered) -> str:
    """What is ordered, in words where the order has any, else by its code, else by its type."""
    concepts = [obj(concept) for concept in code_concepts(order, gathered.find_from(order))]
    found = [coding for concept in concepts for coding in codings(concept)]
    names = [text(concept.get("text")) for concept in concepts]
    names += [text(coding.get("display")) for coding in found] + [text(coding.get("code")) for coding in found]
    plain = (name.translate(_NO_MARKUP)[:_LONGEST_NAME].strip() for name in names if name)
    return next((name for name in plain if name), str(order["resourceType"]))
