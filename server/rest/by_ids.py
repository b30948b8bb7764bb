"""A search that names the ids of what it wants: each is read, so what has no entry is found as well.

Spec page: https://hl7.org/fhir/R4/search.html#id
"""

from collections.abc import Callable

from server.rest.kept import Kept
from server.rest.search import Search
from server.rest.source import Instance, Page


async def page_by_ids(kept: Kept, search: Search, fits: Callable[[Instance], bool] = lambda _: True) -> Page:
    """A page of the resources of the ids, in the order of all searches."""
    read = [await kept.read(search.type, id) for id in search.ids or ()]
    found = sorted((each for each in read if each and fits(each)), key=_place)
    rest = [each for each in found if search.after is None or _place(each) > search.after]
    page = tuple(rest[: search.count])
    more = page and len(rest) > len(page)
    total = len(found) if search.total or not search.count else None
    return Page(page, total, _place(page[-1]) if more else None)


def _place(instance: Instance) -> tuple[str, str]:
    return instance.updated or "", instance.id
