"""The expressions of a form: names of CQL defines, each with its ELM beside it, and each one there in a library.

Spec page: https://hl7.org/fhir/us/davinci-dtr/STU2.2/StructureDefinition-alternativeExpression.html
"""

import re
from collections.abc import Iterator, Sequence

from server.content.form_file import FormFile, walk
from server.content.form_libraries import FormLibrary
from server.fhir import json
from server.fhir.codes import DTR
from server.fhir.json import Json

ALTERNATIVE = f"{DTR}/StructureDefinition/alternativeExpression"
IDENTIFIER = "text/cql-identifier"
_NAMED = re.compile(r'"(?P<library>[^"]+)"\."(?P<define>[^"]+)"')


def expression_findings(main: FormFile, libraries: Sequence[FormLibrary]) -> Iterator[str]:
    """What is wrong with the expressions of the form, at its root and on its items.

    Spec: hl7.fhir.us.davinci-dtr_2.2.0@spec-96, hl7.fhir.us.davinci-dtr_2.2.0@spec-86
    """
    defines = {library.file.resource["name"]: library.defines for library in libraries}
    for element in (main.resource, *walk(main.resource)):
        hidden = element.get("readOnly") or any(
            found["url"].endswith("/questionnaire-hidden") and found.get("valueBoolean")
            for found in element.get("extension", ())
        )
        for expression in _expressions(element):
            text = expression.get("expression", "")
            for sentence in _faults(expression, defines):
                yield main.finding(f"The expression {text} {sentence}.", text.replace('"', '\\"'))
            if hidden:
                sentence = f"Item {element['linkId']} is hidden or read-only, and filled from the record"
                yield main.finding(f"{sentence}.", f'"{element["linkId"]}"')


def _expressions(element: Json) -> Iterator[Json]:
    """The Expressions in the extensions of an element, sub-extensions included."""
    for extension in element.get("extension", ()):
        if "valueExpression" in extension:
            yield extension["valueExpression"]
        yield from _expressions(extension)


def _faults(expression: Json, defines: dict[str, frozenset[str]]) -> Iterator[str]:
    named = _NAMED.fullmatch(expression.get("expression", ""))
    if expression.get("language") != IDENTIFIER or not named:
        yield f'must be {IDENTIFIER}, written "Library"."define"'
        return
    if named["define"] not in defines.get(named["library"], ()):
        yield "names a define that the ELM of the form's libraries lacks"
    elm = [found["valueExpression"] for found in expression.get("extension", ()) if found["url"] == ALTERNATIVE]
    wanted = {"type": "ExpressionRef", "libraryName": named["library"], "name": named["define"]}
    if [_elm(found) for found in elm] != [wanted]:
        yield "needs one alternativeExpression with the ELM of the same define"


def _elm(alternative: Json) -> Json:
    if alternative.get("language") != "application/elm+json":
        return None
    try:
        return json.read(alternative.get("expression", "").encode())
    except json.JsonRefused:
        return None
