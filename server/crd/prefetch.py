"""Reads the prefetch templates of a hook: each `{{token}}` is FHIRPath, compiled when the hook is declared.

A template that a client can't evaluate costs every client its prefetch, so a hook with one does not load. Elements
are not held against types: the guide's own tokens ask all orders for elements that only some of them have.
Spec page: https://cds-hooks.hl7.org/#prefetch-template
"""

import re
from collections.abc import Collection, Mapping

from server.fhir.path.compile import Path, compile_path
from server.fhir.path.errors import PathRefused

_TOKEN = re.compile(r"\{\{(.*?)\}\}")
_CONTEXT = re.compile(r"\bcontext\.(\w+)")
_KEY = re.compile(r"%(\w+)")


class TemplateRefused(ValueError):
    """A prefetch template that no client can evaluate."""


def tokens(template: str) -> tuple[Path, ...]:
    """The expressions of a template, in their order; their input is an object with the member `context`.

    Raises PathRefused.
    """
    return tuple(compile_path(token) for token in _TOKEN.findall(template))


def check_templates(prefetch: Mapping[str, str], context: Collection[str]) -> None:
    """Checks that each token compiles, and asks for members of the context and results of earlier keys only.

    Raises TemplateRefused.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@found-24
    """
    earlier: set[str] = set()
    for key, template in prefetch.items():
        try:
            expressions = [token.expression for token in tokens(template)]
        except PathRefused as fault:
            raise TemplateRefused(f"The prefetch template {key} has a token that is no FHIRPath: {fault}") from None
        if "{{" in _TOKEN.sub("", template) or "}}" in _TOKEN.sub("", template):
            raise TemplateRefused(f"The prefetch template {key} has braces that don't close.")
        for expression in expressions:
            if unknown := sorted(set(_CONTEXT.findall(expression)) - set(context)):
                raise TemplateRefused(f"The prefetch template {key} asks for {unknown}, which the context has not.")
            if unknown := sorted(set(_KEY.findall(expression)) - earlier):
                raise TemplateRefused(f"The prefetch template {key} uses {unknown}, which no key before it gives.")
        earlier.add(key)
