"""A small invented policy as its author writes it; a test changes the part that matters to it."""

from server.content.marked_yaml import Marked, read
from server.decision.determination import ItemDetermination
from server.decision.determine import determine
from server.decision.facts import Facts
from server.decision.finding import Finding
from server.decision.policy.index import PolicyIndex
from server.decision.policy.policy import Policy
from server.decision.policy.read import read_policy
from server.decision.request import RequestedItem
from tests.builders.decisions import ON, a_member, a_plan, a_request, an_item

FORM = "https://passage.example/fhir/Questionnaire/invented|1.0.0"

POLICY = """\
id: invented
version: 1.0.0
title: An invented policy
form: https://passage.example/fhir/Questionnaire/invented|1.0.0
sources:
  book: {document: An invented book, date: 2026-01-01}
scope:
  codes: [hcpcs|S1000]
  from: 2026-01-01
  to: null
  citation: {source: book, page: "1"}
"""

INPUTS = """\
inputs:
  level:
    ask: What is the level?
    within: {days: 30, before: receipt, citation: {source: book, page: "2"}}
    from:
      - observation: [loinc|59408-5, loinc|2708-6]
      - form_item: level
"""

CRITERIA = """\
criteria:
  id: level
  text: The level is at most 88 %.
  input: level
  at_most: 88
  unit: "%"
  citation: {source: book, page: "3"}
"""

OUTCOMES = """\
outcomes:
  met: {action: approve, valid_days: 60}
  unknown: {action: ask, owner: queue-c}
  not_met: {action: refer, owner: queue-d}
"""


def policy_text(*, head: str = POLICY, inputs: str = INPUTS, criteria: str = CRITERIA, outcomes: str = OUTCOMES) -> str:
    """The text of a policy.yaml."""
    return head + inputs + criteria + outcomes


def document(text: str, file: str = "policies/invented/policy.yaml") -> Marked:
    """The text as it is read from the file."""
    return read(text, file)


def a_policy(**parts: str) -> Policy:
    """The policy of the text."""
    return read_policy(document(policy_text(**parts)).value)


def decided(
    policy: Policy, facts: Facts | None = None, item: RequestedItem | None = None, **member: str
) -> ItemDetermination:
    """The determination of an item by the policy alone."""
    request = a_request(item or an_item("hcpcs|S1000"), member=a_member(**member))
    [determined] = determine(request, facts or Facts(), PolicyIndex([policy]), a_plan(), ON).items
    return determined


def finding(determined: ItemDetermination, criterion: str) -> Finding:
    """The finding about a criterion, wherever it is in the tree."""
    stack = list(determined.findings)
    while stack:
        found = stack.pop()
        if found.criterion == criterion:
            return found
        stack.extend(found.children)
    raise AssertionError(f"no finding about {criterion}")
