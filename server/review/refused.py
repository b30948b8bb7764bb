"""Why a reviewer's act is refused: a kind and a sentence that says what is wrong, what is allowed and what to do."""

from enum import Enum

from server.errors import PassageError


class Objection(Enum):
    """The kinds of refusal."""

    MALFORMED = "malformed"  # not the shape that the interface describes
    INCOMPLETE = "incomplete"  # something that the rules of review want is missing or can't be
    NOT_ALLOWED = "not-allowed"  # this person may not do this to this case
    CONFLICT = "conflict"  # the case has moved on, or another person works on it
    NOT_FOUND = "not-found"


class DecisionRefused(PassageError):
    """The act was refused and nothing was changed. Never quotes what was sent."""

    def __init__(
        self, objection: Objection, sentence: str, *, item: int | None = None, element: str | None = None
    ) -> None:
        super().__init__(sentence)
        self.objection = objection
        self.sentence = sentence
        self.item = item
        """The sequence of the item that it is about."""
        self.element = element
        """The element of the decision that it is about."""
