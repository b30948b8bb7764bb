"""The place in the work list where a page ends, as the text that a client gives back: due time and id of ours."""

from datetime import datetime

from server.review.refused import DecisionRefused, Objection


def write_position(position: tuple[datetime, str]) -> str:
    """The text of a position."""
    due, id = position
    return f"{due.isoformat()}~{id}"


def read_position(text: str) -> tuple[datetime, str]:
    """The position of a text; raises DecisionRefused when no page ever gave it."""
    moment, _, id = text.partition("~")
    try:
        due = datetime.fromisoformat(moment)
    except ValueError:
        due = None
    if due is None or due.tzinfo is None:
        raise DecisionRefused(
            Objection.MALFORMED,
            "after is not what a page of this list gave; take it from the page before.",
            element="after",
        )
    return due, id
