"""The items of a response where an answer is looked for: the nearest place that has the question counts.

Spec page: https://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen.question
"""

from __future__ import annotations

from collections.abc import Mapping

from server.fhir.json import Json
from server.fhir.lenient import objects, text
from server.fhir.validation.questionnaire_response.expressions import NO_VARIABLES, Variables


class Given:
    """A list of response items, and the lists around it. Where answers are looked for it is indexed once."""

    __slots__ = ("_index", "focus", "outer", "rows", "variables")

    def __init__(
        self, rows: Json, focus: Json, outer: Given | None = None, variables: Variables = NO_VARIABLES
    ) -> None:
        self.rows = objects(rows)
        self.focus = focus
        """The resource, item or answer that has the rows."""
        self.outer = outer
        self.variables = variables
        """Those that the form defines here and around."""
        self._index: Mapping[str, list[Json]] | None = None

    def answers(self, link_id: str) -> list[Json]:
        """The answers of the nearest items with a linkId; none when it is answered nowhere."""
        place: Given | None = self
        while place is not None:
            found = place._indexed().get(link_id)
            if found is not None:
                return found
            place = place.outer
        return []

    def _indexed(self) -> Mapping[str, list[Json]]:
        if self._index is None:
            index: dict[str, list[Json]] = {}
            todo = list(self.rows)
            while todo:
                row = todo.pop()
                answers = objects(row.get("answer"))
                link_id = text(row.get("linkId"))
                if link_id is not None and answers:
                    index.setdefault(link_id, []).extend(answers)
                todo.extend(objects(row.get("item")))
                todo.extend(below for answer in answers for below in objects(answer.get("item")))
            self._index = index
        return self._index


def has_content(row: Mapping[str, Json]) -> bool:
    """Whether a response item says anything: one without answer and items is as good as absent."""
    return bool(objects(row.get("answer")) or objects(row.get("item")))
