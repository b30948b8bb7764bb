"""Rules of values that R4 states in words: the grammar of units, the codes of currencies, languages, absolute URIs.

Spec page: https://hl7.org/fhir/R4/datatypes.html
"""

import re
from collections.abc import Mapping

from server.fhir.json import Json
from server.fhir.terminology.currencies import CURRENCIES
from server.fhir.terminology.languages import is_language
from server.fhir.terminology.ucum import is_ucum
from server.fhir.validation.generated import Source, only_with
from server.fhir.validation.rule import sentence
from server.fhir.validation.scope import Scope

URI = "urn:ietf:rfc:3986"
UCUM = "http://unitsofmeasure.org"
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")


def is_absolute(uri: str) -> bool:
    """Whether a URI starts with a scheme."""
    return uri.startswith(("http://", "https://", "urn:")) or _ABSOLUTE.match(uri) is not None


def _is_unit(value: Json, scope: Scope) -> bool:
    if value.get("system") != UCUM:
        return True
    code = value.get("code")
    return type(code) is not str or is_ucum(code)


def _is_uri_where_it_says_so(value: Json, scope: Scope) -> bool:
    if value.get("system") != URI:
        return True
    identifier = value.get("value")
    return type(identifier) is not str or is_absolute(identifier)


def _write_uri(source: Source, names: Mapping[str, str]) -> None:
    if "system" in names and "value" in names:
        source.refuse_if(f"{names['system']} == {URI!r} and not {source.bind(_is_uri_where_it_says_so)}(value, scope)")


def _is_currency(value: Json, scope: Scope) -> bool:
    currency = value.get("currency")
    return type(currency) is not str or currency in CURRENCIES


def _is_language(value: Json, scope: Scope) -> bool:
    language = value.get("language")
    return type(language) is not str or is_language(language)


UNIT = sentence(
    _is_unit,
    "unit-ucum",
    "code-invalid",
    "The code is not written as UCUM writes units; send the unit's code, such as mm[Hg], or another system.",
    write_known=only_with(_is_unit, "system", "code"),
)
"""The rule of a Quantity in UCUM."""

CURRENCY = sentence(
    _is_currency,
    "currency",
    "code-invalid",
    "The currency is no code of ISO 4217; send its three letters, such as USD.",
    write_known=only_with(_is_currency, "currency"),
)
"""The rule of Money."""

LANGUAGE = sentence(
    _is_language,
    "language-form",
    "code-invalid",
    "The language is none of BCP 47: send the code of a language, with its script or region if need be, such as en-US.",
    write_known=only_with(_is_language, "language"),
)
"""The rule of the language of a resource."""

IDENTIFIER = sentence(
    _is_uri_where_it_says_so,
    "identifier-uri",
    "value",
    "The system says that the value is a URI, and it has no scheme; send the whole URI, or another system.",
    write_known=_write_uri,
)
"""The rule of an Identifier that says that it is a URI."""
