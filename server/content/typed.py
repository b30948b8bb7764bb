"""Typed FHIR models as a second reader: of the content we author, and in tests of every answer. Never on a request.

fhir.resources declares no siblings of `Extension.value[x]` (`_valueString` …), which are legal FHIR: it refuses whole
guides for it. `typed_extension.py` mends that, until upstream does: https://github.com/nazrulworld/fhir.resources/issues/204
Spec page: https://hl7.org/fhir/R4/json.html#primitive
"""

from functools import lru_cache
from typing import Any

from server.fhir.json import Json


class NotTyped(ValueError):
    """The resource is not of the shape of its type; a line for each problem with element and rule, never a value."""


def parse(resource: Json) -> Any:
    """The model of a resource by its resourceType. Raises NotTyped.

    It checks names, cardinalities and types of elements; no bindings, no invariants, no profiles.
    """
    from pydantic import ValidationError

    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    try:
        return _model(str(kind)).model_validate(resource)
    except ValidationError as problems:
        found = problems.errors(include_input=False)
        raise NotTyped("\n".join(f"{kind}{_path(line['loc'])}: {line['msg']}" for line in found)) from None
    except KeyError:
        raise NotTyped(f"{kind} holds a resource of no type of FHIR R4") from None


def _path(location: tuple[int | str, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)


@lru_cache(maxsize=256)
def _model(kind: str) -> Any:
    """The model class of a type. fhir.resources costs a good part of a second to import, so that waits until here."""
    from fhir.resources.R4B import fhirtypes, get_fhir_model_class

    setattr(fhirtypes.ExtensionType, "_model_klass", "server.content.typed_extension.Extension")  # noqa: B010
    try:
        return get_fhir_model_class(kind)
    except (KeyError, ValueError):
        raise NotTyped("the resource has no resourceType of FHIR R4") from None
