"""The values of search parameters: split, unescaped, and turned into what a store compares.

Spec page: https://hl7.org/fhir/R4/search.html#escaping
"""

from unicodedata import combining, normalize

from server.fhir.search_terms import search_term

MAX_VALUES = 50
"""Values that one parameter may list."""

_ESCAPABLE = frozenset(",|$\\")


class ValueRefused(ValueError):
    """The value is none of its parameter's type; the message says what is, and quotes nothing."""


def values(text: str) -> list[str]:
    """The alternatives between commas, their escapes kept. Raises ValueRefused for an empty one or too many."""
    found = _split(text, ",")
    if not all(found):
        raise ValueRefused("it has an empty value")
    if len(found) > MAX_VALUES:
        raise ValueRefused(f"it lists more than {MAX_VALUES} values")
    return found


def token_term(parameter: str, value: str) -> str:
    """The term of `code`, `system|code`, `system|` or `|code`."""
    parts = [_unescaped(part) for part in _split(value, "|")]
    match parts:
        case [code]:
            return search_term(parameter, None, code)
        case [system, code] if system or code:
            return search_term(parameter, system, code)
        case _:
            raise ValueRefused("a token is code, system|code, system| or |code, with \\| for a bar inside of them")


def code_term(parameter: str, value: str, system: str) -> str | None:
    """The term of a code whose element takes its codes of one system; None for `system|`, which every one fits."""
    match [_unescaped(part) for part in _split(value, "|")]:
        case [named, code] if named == system:
            return search_term(parameter, None, code) if code else None
        case _:
            return token_term(parameter, value)


def value_of(term: str) -> str:
    """The value of a token's term, as it is written in terms; empty where the search leaves it open."""
    return _split(term.partition("=")[2], "|")[-1]


def reference_term(parameter: str, value: str, base: str) -> str:
    """The term of an id, `Type/id` or an absolute URL; a URL of this server is the resource by its type and id."""
    reference = _unescaped(value).removeprefix(base + "/").split("/_history/")[0]
    return search_term(parameter, None, reference)


def uri_term(parameter: str, value: str) -> str:
    """The term of a whole uri."""
    return search_term(parameter, None, _unescaped(value))


def _split(text: str, separator: str) -> list[str]:
    """The parts between separators that no backslash stands before."""
    parts, start, position = [], 0, 0
    while position < len(text):
        if text[position] == "\\":
            if text[position + 1 : position + 2] not in _ESCAPABLE:
                raise ValueRefused("a backslash escapes one of , | $ and itself, and nothing else")
            position += 2
            continue
        if text[position] == separator:
            parts.append(text[start:position])
            start = position + 1
        position += 1
    return [*parts, text[start:]]


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    plain, position = [], 0
    while position < len(text):
        position += text[position] == "\\"
        plain.append(text[position])
        position += 1
    return "".join(plain)


def string_prefixes(text: str) -> tuple[str, ...]:
    """The alternatives of a string search, folded as `folded` does."""
    return tuple(folded(_unescaped(value)) for value in values(text))


def folded(text: str) -> str:
    """The text without case and accents, as FHIR compares strings."""
    return "".join(mark for mark in normalize("NFKD", text.casefold()) if not combining(mark))
