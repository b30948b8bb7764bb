"""The forms that are served: Questionnaires with their Libraries and ValueSets, read from `questionnaires/`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.fhir.json import Json


@dataclass(frozen=True, slots=True)
class Form:
    """One form. Resources are plain JSON; canonical is `url|version`."""

    url: str
    version: str
    questionnaire: Json
    libraries: tuple[Json, ...] = ()
    value_sets: tuple[Json, ...] = ()
    link_ids: frozenset[str] = frozenset()

    @property
    def canonical(self) -> str:
        """url|version."""
        return f"{self.url}|{self.version}"


@dataclass(frozen=True, slots=True)
class Forms:
    """All forms, by canonical url (newest version wins a reference without version) and by url|version."""

    by_canonical: Mapping[str, Form] = field(default_factory=dict)

    def get(self, canonical: str) -> Form | None:
        """The form of a canonical, with or without version."""
        return self.by_canonical.get(canonical)
