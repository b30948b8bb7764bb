"""Reading what the server answered: coverage information, the package, the decision on each item."""

from collections.abc import Iterator

from server.fhir.json import Json

_COVERAGE_INFORMATION = "http://hl7.org/fhir/us/davinci-crd/StructureDefinition/ext-coverage-information"
_REVIEW_ACTION = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-reviewAction"


def updated_order(hook_answer: Json) -> Json | None:
    """The order as the first update system action returns it."""
    actions = hook_answer.get("systemActions", ())
    return next((action["resource"] for action in actions if action["type"] == "update"), None)


def coverage_information(order: Json) -> dict[str, list[Json]]:
    """The values of the order's coverage information by name."""
    found: dict[str, list[Json]] = {}
    for extension in order.get("extension", ()):
        if extension["url"] == _COVERAGE_INFORMATION:
            for part in extension.get("extension", ()):
                found.setdefault(part["url"], []).append(_value(part))
    return found


def shown(answer: Json) -> str:
    """The value of a form's answer as people read it."""
    return read(_value(answer))


def read(value: Json) -> str:
    """A value as people read it: a concept by its text or code, a quantity with its unit."""
    match value:
        case bool():
            return "yes" if value else "no"
        case {"value": number, **rest}:
            return f"{number} {rest.get('unit') or rest.get('code') or ''}".strip()
        case {"code": code, **rest}:
            return f"{code} {rest.get('display') or ''}".strip()
        case {"text": text}:
            return str(text)
        case {"coding": [first, *_]}:
            return read(first)
        case {"reference": reference, **rest}:
            return str(rest.get("display") or reference)
        case _:
            return str(value)


def packages(answer: Json) -> list[Json]:
    """The package Bundles of a `$questionnaire-package` answer."""
    return [each["resource"] for each in answer.get("parameter", ()) if each["name"].lower() == "packagebundle"]


def claim_response(answer: Json) -> Json:
    """The ClaimResponse of a `$submit` answer."""
    return answer["entry"][0]["resource"]


def review_actions(response: Json) -> Iterator[tuple[str, str | None]]:
    """The reviewAction code of every item, with its authorization number."""
    for item in response.get("item", ()):
        for adjudication in item["adjudication"]:
            for extension in adjudication.get("extension", ()):
                if extension["url"] == _REVIEW_ACTION:
                    yield _action(extension)


def process_notes(response: Json) -> list[str]:
    """What the payer says in words."""
    return [note["text"] for note in response.get("processNote", ())]


def errors(response: Json) -> list[str]:
    """The coded errors of a request that could not be processed."""
    return [coding["code"] for error in response.get("error", ()) for coding in error["code"].get("coding", ())]


def diagnostics(answer: Json) -> list[str]:
    """What an OperationOutcome says."""
    return [issue.get("diagnostics", issue.get("code", "")) for issue in answer.get("issue", ())]


def _action(extension: Json) -> tuple[str, str | None]:
    parts = {part["url"]: _value(part) for part in extension["extension"]}
    code: Json = next((found for url, found in parts.items() if url.endswith("reviewActionCode")), {})
    return code["coding"][0]["code"], parts.get("number")


def _value(part: Json) -> Json:
    return next((part[name] for name in part if name.startswith("value")), part.get("extension"))
