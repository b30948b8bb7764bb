"""The resources of a hook call and of its answer, with the profiles that they have to fit.

An order may be of either generation of the guide: a client sends the same order whichever version it asks to be
answered in.
Spec page: https://hl7.org/fhir/us/davinci-crd/artifacts.html
"""

from collections.abc import Iterable, Iterator

from server.crd.coverage_information import URL
from server.crd.hook import Hook
from server.crd.hook_request import HookRequest
from server.decision.intake.order import ORDER_TYPES
from server.fhir.codes import CRD
from server.fhir.json import Json
from server.fhir.lenient import obj, objects
from server.web.held import HeldPart

_RELEASES = {"2.2": "2.2.1", "2.0": "2.0.1"}
"""The releases whose profiles are shipped, by the version of an answer. Those of 2.1 are not."""
_SHIPPED = tuple(_RELEASES.values())
_UNDEFINED = f"{URL}-of-no-release"


def parts_of_call(request: HookRequest, hook: Hook) -> list[HeldPart]:
    """What the call carries: the orders by their profiles, all else as valid R4.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@hook-13
    """
    found = [*_of_context(request.context)]
    for key, value in request.prefetch.items():
        place = f"prefetch.{key}" if key in hook.prefetch else "prefetch"
        found += [HeldPart(at, resource, only_base=True) for at, resource in _resources(value, place)]
    return found


def parts_of_answer(answer: Json, version: str) -> list[HeldPart]:
    """The resources of the actions of an answer in a version of CRD.

    Where its profiles are not shipped, an order must fit those of any release, and what is said of the coverage must be
    a valid extension, whatever its parts are called.
    """
    release = _RELEASES.get(version)
    parts = []
    for index, action in enumerate(objects(answer.get("systemActions"))):
        if isinstance(action.get("resource"), dict):
            resource = action["resource"] if release else _of_no_release(action["resource"])
            profiles = _profiles(resource, [release] if release else _SHIPPED)
            parts.append(HeldPart(f"systemActions[{index}].resource", resource, profiles))
    return parts


def _of_no_release(resource: Json) -> Json:
    """The resource with its coverage-information under a url that no release defines."""
    extensions = resource.get("extension")
    if not isinstance(extensions, list):
        return resource
    renamed = [{**each, "url": _UNDEFINED} if obj(each).get("url") == URL else each for each in extensions]
    return {**resource, "extension": renamed}


def _of_context(context: Json) -> Iterator[HeldPart]:
    for key, value in context.items():
        if isinstance(value, dict):
            yield from (HeldPart(at, each, _profiles(each)) for at, each in _resources(value, f"context.{key}"))


def _resources(value: Json, place: str) -> Iterator[tuple[str, Json]]:
    """A resource, or those of a Bundle's entries. The Bundle around them is only how they came."""
    found = obj(value)
    if found.get("resourceType") == "Bundle":
        for index, entry in enumerate(objects(found.get("entry"))):
            if isinstance(entry.get("resource"), dict):
                yield f"{place}.entry[{index}].resource", entry["resource"]
    elif "resourceType" in found:
        yield place, found


def _profiles(resource: Json, releases: Iterable[str] = _SHIPPED) -> tuple[str, ...]:
    type = resource.get("resourceType")
    if type not in ORDER_TYPES:
        return ()
    return tuple(f"{CRD}/StructureDefinition/profile-{type.lower()}|{version}" for version in releases)
