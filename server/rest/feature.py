"""What can be read and searched on a FHIR base.

Spec page: https://hl7.org/fhir/R4/http.html#search
"""

from server.content.content import CurrentContent
from server.rest.brought_source import BroughtSource
from server.rest.content_source import ContentSource
from server.rest.parameters import BROUGHT, CONTENT, STORED
from server.rest.read import reading
from server.rest.searchset import searching
from server.rest.source import Source
from server.rest.store_source import StoreSource
from server.storage.port import Store
from server.web.declare import FhirFeature, ResourceAccess, SearchParameter


def feature(*, store: Store, content: CurrentContent) -> FhirFeature:
    """Read and search of what was submitted and answered, and of the forms in force."""
    served = STORED.keys() | BROUGHT.keys()
    stored, brought = StoreSource(store, served), BroughtSource(store, served)
    return FhirFeature(
        resources=(
            *(_access(type, stored, parameters) for type, parameters in STORED.items()),
            *(_access(type, brought, parameters) for type, parameters in BROUGHT.items()),
            *(_access(type, ContentSource(content, type), parameters) for type, parameters in CONTENT.items()),
        )
    )


def _access(type: str, source: Source, parameters: tuple[SearchParameter, ...]) -> ResourceAccess:
    return ResourceAccess(type, reading(type, source), searching(type, source, parameters), parameters=parameters)
