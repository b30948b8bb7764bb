"""How everyone who changes a case without a Claim from outside (a person, an attachment, a clock) gets its new answer.

The feature that answers Claims renders; whoever changed the case writes. So a change, its answer and its notice are
one write, and a guide's wire form stays in the guide's folder.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from server.cases.case import Case
from server.storage.port import Document


@dataclass(frozen=True, slots=True)
class Answered:
    """What to write: `store.replace(document, payloads)`."""

    document: Document
    payloads: tuple[bytes, ...]


class Answering(Protocol):
    """Renders the current answer of a changed case."""

    async def __call__(self, stored: Document, changed: Case, at: datetime, *, notify: bool = True) -> Answered:
        """The document of `changed`, one version after `stored`, with a new answer and, unless `notify` is false, a
        notice in its outbox. Nothing is written."""
