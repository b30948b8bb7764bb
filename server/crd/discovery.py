"""The discovery document: which hooks are served, what they want prefetched, and what can be asked of them.

Spec page: https://cds-hooks.hl7.org/#discovery
"""

from collections.abc import Iterable

from server.crd.hook import Hook
from server.crd.wire.versions import DIALECTS
from server.fhir.json import Json


def discovery(hooks: Iterable[Hook]) -> Json:
    """The discovery document of the hooks.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@dev-1
    """
    return {"services": [_service(hook) for hook in hooks]}


def _service(hook: Hook) -> Json:
    return {
        "hook": hook.hook,
        "id": hook.id,
        "title": hook.title,
        "description": hook.description,
        "prefetch": dict(hook.prefetch),
        "extension": {
            "davinci-crd.version": [dialect.version for dialect in DIALECTS],
            "davinci-crd.configuration-options": [option.declared() for option in hook.options],
        },
    }
