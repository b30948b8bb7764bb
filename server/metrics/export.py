"""Reads the records of a span of time back, in the order in which they were written.

Spec page: https://hl7.org/fhir/us/davinci-pas/metrics.html
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from server.clock import instant
from server.fhir.json import Json
from server.metrics.recorder import METRIC_KIND
from server.storage.port import Store

_PAGE = 50

_LATE = timedelta(hours=1)
"""How long after its call a record may be written: while the store could not be reached."""


async def records(store: Store, start: datetime | None = None, end: datetime | None = None) -> AsyncIterator[Json]:
    """The records of the calls that came from `start` on and before `end`."""
    low, high = instant(start) if start else "", instant(end) if end else "~"
    last = instant(end + _LATE) if end else "~"
    after: tuple[str, str] | None = (low, "") if low else None
    while True:
        page = await store.find(METRIC_KIND, limit=_PAGE, after=after)
        for document in page.documents:
            if document.order > last:
                return
            for record in document.body["records"]:
                if low <= record["exchange"][0]["requestTime"] < high:
                    yield record
        after = page.after
        if after is None:
            return
