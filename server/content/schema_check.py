"""The shape of authored files, checked by JSON Schema, with file and line of each fault."""

from functools import lru_cache
from importlib.resources import files

import msgspec
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from server.content.marked_yaml import Marked
from server.fhir.json import Json

_LONGEST = 240


@lru_cache(maxsize=8)
def validator(package: str, name: str) -> Draft202012Validator:
    """The compiled schema that lies in a package of ours. That it is a schema is tested, not checked at each start."""
    schema: Json = msgspec.json.decode(files(package).joinpath(name).read_bytes())
    return Draft202012Validator(schema)


def schema_findings(schema: Draft202012Validator, document: Marked) -> list[str]:
    """One finding for each fault of shape, in the order of lines."""
    faults = [_deepest(error) for error in schema.iter_errors(document.value)]
    found = {document.finding(_sentence(fault), *fault.absolute_path): fault for fault in faults}
    return sorted(found, key=lambda text: (document.lines.get(tuple(found[text].absolute_path), 0), text))


def _deepest(error: ValidationError) -> ValidationError:
    if not error.context:
        return error
    return best_match(error.context) or error


def _sentence(error: ValidationError) -> str:
    where = "/".join(str(step) for step in error.absolute_path) or "the document"
    message = error.message if len(error.message) <= _LONGEST else f"the value breaks `{error.validator}`"
    return f"In {where}: {message}."
