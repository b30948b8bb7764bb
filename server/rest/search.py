"""A search as asked for: read from its parameters once, then a source answers it.

Spec page: https://hl7.org/fhir/R4/search.html
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from server.errors import Issue, Refusal, RequestRefused
from server.rest.cursor import CursorRefused, read_cursor
from server.rest.search_dates import clauses
from server.rest.search_values import (
    ValueRefused,
    code_term,
    reference_term,
    string_prefixes,
    token_term,
    uri_term,
    values,
)
from server.storage.port import DateRange, EntryQuery
from server.web.declare import FhirRequest, SearchParameter

DEFAULT_COUNT = 20
MAX_COUNT = 100
"""Matches of one page when the search names no `_count`, and at most."""

CURSOR = "_cursor"
"""The parameter of our own that a `next` link goes on from."""

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_COUNT = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Search:
    """What to find, and how much of it to give."""

    type: str
    terms: tuple[frozenset[str], ...] = ()
    ids: frozenset[str] | None = None
    dates: tuple[tuple[DateRange, ...], ...] = ()
    strings: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Parameters with the starts that one of their texts must have, folded."""
    count: int = DEFAULT_COUNT
    total: bool = True
    after: tuple[str, str] | None = None
    used: tuple[tuple[str, str], ...] = field(default=())
    """The parameters that were understood, as they were sent: the `self` link."""

    def query(self) -> EntryQuery:
        """The search as a store reads it, with room for one match more than the page, which tells of a next page."""
        return EntryQuery(
            type=self.type,
            terms=self.terms,
            ids=self.ids,
            dates=[clause[0] for clause in self.dates if len(clause) == 1],
            dates_any=[clause for clause in self.dates if len(clause) > 1],
            limit=self.count + 1,
            after=self.after,
        )


def read_search(request: FhirRequest, type: str, parameters: Sequence[SearchParameter]) -> Search:
    """The search that a request asks for. Raises RequestRefused for a value that can't be meant, and for a parameter
    that is not evaluated here where the client asks for `Prefer: handling=strict`; else that parameter is left out.
    """
    declared = {parameter.name: parameter for parameter in parameters}
    strict = "handling=strict" in request.headers.get("prefer", "").replace(" ", "").lower()
    search = Search(type)
    for name, text in request.query:
        reader = _RESULT.get(name)
        try:
            narrowed = (
                reader(search, text)
                if reader
                else _narrowed(search, declared, name, text, request.base, request.received)
            )
        except ValueRefused as refused:
            raise _refused(_known(name, declared), refused) from None
        if narrowed is not None:
            search = replace(narrowed, used=(*narrowed.used, (name, text)))
        elif strict and name not in _OF_THE_ANSWER:
            raise _not_evaluated(declared)
    return search


def _narrowed(
    search: Search, declared: dict[str, SearchParameter], name: str, text: str, base: str, now: datetime
) -> Search | None:
    """The search with one more condition; None when the parameter is not one of ours."""
    plain, _, modifier = name.partition(":")
    parameter = declared.get(plain)
    if parameter is None:
        if plain.partition(".")[0] in declared:
            raise ValueRefused("chained parameters are not evaluated here")
        return None
    if not text:
        raise ValueRefused("it has no value")
    if parameter.name == "_id":
        return _with_ids(search, text, modifier)
    if parameter.type == "date":
        _without_modifier(modifier)
        return replace(search, dates=(*search.dates, *clauses(values(text), now)))
    if parameter.type == "string":
        _without_modifier(modifier)
        return replace(search, strings=(*search.strings, (plain, string_prefixes(text))))
    term = _term_maker(parameter, modifier, base)
    made = [term(value) for value in values(text)]
    known = frozenset(each for each in made if each is not None)
    return search if None in made else replace(search, terms=(*search.terms, known))


def _term_maker(parameter: SearchParameter, modifier: str, base: str) -> Callable[[str], str | None]:
    """What makes a term of a value; None is a value that everything fits."""
    name = parameter.name
    if parameter.type == "reference" and modifier == "identifier":
        return lambda value: token_term(f"{name}:identifier", value)
    if parameter.type == "reference" and modifier[:1].isupper() and modifier.isalpha():
        return lambda value: reference_term(name, value if "/" in value else f"{modifier}/{value}", base)
    _without_modifier(modifier)
    if system := parameter.system:
        return lambda value: code_term(name, value, system)
    match parameter.type:
        case "reference":
            return lambda value: reference_term(name, value, base)
        case "uri":
            return lambda value: uri_term(name, value)
        case _:
            return lambda value: token_term(name, value)


def _with_ids(search: Search, text: str, modifier: str) -> Search:
    _without_modifier(modifier)
    ids = frozenset(values(text))
    if not all(_ID.fullmatch(id) for id in ids):
        raise ValueRefused("an id is 1 to 64 of A-Z a-z 0-9 - .")
    return replace(search, ids=ids if search.ids is None else ids & search.ids)


def _without_modifier(modifier: str) -> None:
    if modifier:
        raise ValueRefused("this modifier is not evaluated for it; leave the modifier out")


def _with_count(search: Search, text: str) -> Search:
    if not _COUNT.fullmatch(text):
        raise ValueRefused("it is a whole number, 0 for the total alone")
    return replace(search, count=min(int(text), MAX_COUNT))


def _with_summary(search: Search, text: str) -> Search | None:
    match text:
        case "count":
            return replace(search, count=0)
        case "false":
            return search
        case "true" | "text" | "data":
            return None
        case _:
            raise ValueRefused("it is count, or false")


def _with_total(search: Search, text: str) -> Search:
    if text not in ("none", "estimate", "accurate"):
        raise ValueRefused("it is none, estimate or accurate")
    return replace(search, total=text != "none")


def _after(search: Search, text: str) -> Search:
    try:
        return replace(search, after=read_cursor(text))
    except CursorRefused:
        raise ValueRefused("it comes from a `next` link of this server and is sent back unchanged") from None


def _sorted(search: Search, text: str) -> Search | None:
    return search if text == "_lastUpdated" else None


_RESULT: dict[str, Callable[[Search, str], Search | None]] = {
    "_count": _with_count,
    "_summary": _with_summary,
    "_total": _with_total,
    "_sort": _sorted,
    CURSOR: _after,
}
_OF_THE_ANSWER = frozenset({"_format", "_pretty"})


def _known(name: str, declared: Iterable[str]) -> str:
    """The parameter's name if it is one of ours: what else a client wrote is not echoed."""
    plain = name.partition(":")[0].partition(".")[0]
    return plain if plain in declared or plain in _RESULT else "a parameter"


def _refused(name: str, refused: ValueRefused) -> RequestRefused:
    return RequestRefused(
        Refusal.MALFORMED, [Issue("value", f"The search parameter {name} can't be evaluated: {refused}.")]
    )


def _not_evaluated(declared: Iterable[str]) -> RequestRefused:
    names = ", ".join([*declared, *(name for name in _RESULT if name != CURSOR), *sorted(_OF_THE_ANSWER)])
    return RequestRefused(
        Refusal.MALFORMED,
        [
            Issue(
                "not-supported",
                f"A parameter of the search is not evaluated here, and strict handling was asked for; use {names}.",
            )
        ],
    )
