"""Reads elements of JSON from outside strictly: a wrong JSON type is refused where it stands, never a TypeError later.

Where a wrong shape may be passed over instead, `lenient.py` is the reader.
Spec page: https://hl7.org/fhir/R4/json.html
"""

from collections.abc import Iterator
from decimal import Decimal

from server.errors import Issue, Refusal, RequestRefused
from server.fhir.dates import DatePeriod, DateRefused, first_day, last_day
from server.fhir.json import Json

_ABSENT = object()
_new = object.__new__


class Element:
    """A JSON object with the FHIRPath of the place where it stands. Every reader raises RequestRefused on a wrong type.

    The place is spelled out only when it is asked for: valid traffic never pays for it.
    """

    __slots__ = ("_index", "_lists", "_parent", "_step", "value")

    def __init__(self, value: Json, place: str) -> None:
        self._parent: Element | None = None
        self._step = place
        self._index: int | None = None
        self._lists: dict[str, list[Element]] | None = None
        if not isinstance(value, dict):
            raise self._refused("must be a JSON object")
        self.value: dict[str, Json] = value

    @property
    def place(self) -> str:
        """FHIRPath from the root of the request."""
        step = self._step if self._index is None else f"{self._step}[{self._index}]"
        return step if self._parent is None else f"{self._parent.place}.{step}"

    def issue(self, rule: str, name: str = "", code: str = "invalid") -> Issue:
        """An issue about the child `name`, or about the element itself. `rule` continues the place to a sentence."""
        place = f"{self.place}.{name}" if name else self.place
        return Issue(code, f"{place} {rule}.", place)

    def text(self, name: str) -> str | None:
        """A string; None when absent."""
        found = self.value.get(name, _ABSENT)
        if type(found) is str and found:
            return found
        if found is _ABSENT:
            return None
        raise self._refused("must be a JSON string that is not empty", name)

    def boolean(self, name: str) -> bool | None:
        """True or false; None when absent."""
        found = self.value.get(name, _ABSENT)
        if found is _ABSENT:
            return None
        if not isinstance(found, bool):
            raise self._refused("must be true or false", name)
        return found

    def integer(self, name: str) -> int | None:
        """A whole number; None when absent."""
        found = self.value.get(name, _ABSENT)
        if found is _ABSENT:
            return None
        if not isinstance(found, int) or isinstance(found, bool):
            raise self._refused("must be a whole JSON number", name)
        return found

    def integers(self, name: str) -> list[int]:
        """An array of whole numbers; empty when absent."""
        found = self._array(name)
        if any(not isinstance(value, int) or isinstance(value, bool) for value in found):
            raise self._refused("must be an array of whole JSON numbers", name)
        return found

    def decimal(self, name: str) -> Decimal | None:
        """An exact number; None when absent."""
        found = self.value.get(name, _ABSENT)
        if found is _ABSENT:
            return None
        if not isinstance(found, int | Decimal) or isinstance(found, bool):
            raise self._refused("must be a JSON number", name)
        return Decimal(found)

    def child(self, name: str) -> "Element | None":
        """An object; None when absent."""
        found = self.value.get(name, _ABSENT)
        return None if found is _ABSENT else self._down(found, name)

    def children(self, name: str) -> "list[Element]":
        """The objects of an array; empty when absent."""
        known = self._lists
        if known is None:
            known = self._lists = {}
        elif name in known:
            return known[name]
        found = self._array(name)
        made = known[name] = [self._down(value, name, index) for index, value in enumerate(found)] if found else []
        return made

    def extensions(self, url: str) -> "Iterator[Element]":
        """The extensions of a url."""
        if "extension" in self.value:
            for extension in self.children("extension"):
                if extension.text("url") == url:
                    yield extension

    def extension(self, url: str) -> "Element | None":
        """The first extension of a url."""
        return next(self.extensions(url), None)

    def days(self, name: str) -> DatePeriod | None:
        """The days that a date or dateTime may mean; None when absent."""
        found = self.text(name)
        if found is None:
            return None
        try:
            return DatePeriod(first_day(found), last_day(found))
        except DateRefused:
            raise self._refused(
                "must be a FHIR date or dateTime on a day that the calendar has", name, "value"
            ) from None

    def period(self, name: str) -> DatePeriod | None:
        """The days of a Period; None when absent."""
        found = self.child(name)
        if found is None:
            return None
        start, end = found.days("start"), found.days("end")
        first, last = start.start if start else None, end.end if end else None
        if first and last and first > last:
            raise self._refused("must not end before it starts", name, "value")
        return DatePeriod(first, last)

    def _array(self, name: str) -> list[Json]:
        found = self.value.get(name, _ABSENT)
        if found is _ABSENT:
            return []
        if not isinstance(found, list):
            raise self._refused("must be a JSON array", name)
        return found

    def _down(self, value: Json, step: str, index: int | None = None) -> "Element":
        if not isinstance(value, dict):
            raise self._refused("must be a JSON object", step if index is None else f"{step}[{index}]")
        found = _new(Element)
        found._parent = self
        found._step = step
        found._index = index
        found._lists = None
        found.value = value
        return found

    def _refused(self, rule: str, name: str = "", code: str = "structure") -> RequestRefused:
        return RequestRefused(Refusal.INVALID, [self.issue(rule, name, code)])
