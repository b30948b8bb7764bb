"""What a form must keep to beyond its types: the rules of the dtr-std-questionnaire, and that its parts fit together.

Spec page: https://hl7.org/fhir/us/davinci-dtr/STU2.2/StructureDefinition-dtr-std-questionnaire.html
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from server.content.form_constraints import constraint_findings
from server.content.form_expressions import expression_findings
from server.content.form_file import FormFile, walk
from server.content.form_libraries import FormLibrary
from server.fhir.codes import DTR
from server.fhir.json import Json

STANDARD_PROFILE = f"{DTR}/StructureDefinition/dtr-std-questionnaire"
CORE = "http://hl7.org/fhir/StructureDefinition"
VERSION_ALGORITHM = f"{CORE}/artifact-versionAlgorithm"
CQF_LIBRARY = f"{CORE}/cqf-library"
_CHOICES = ("choice", "open-choice")


def lint(main: FormFile, libraries: Sequence[FormLibrary], value_sets: Sequence[FormFile]) -> list[str]:
    """A sentence with file and line for each rule that the form breaks; the resources have passed the typed models."""
    artefacts = [(main, "Questionnaire"), *((library.file, "Library") for library in libraries)]
    artefacts += [(value_set, "ValueSet") for value_set in value_sets]
    if wrong := [file.finding(f"The file must hold a {kind}.") for file, kind in artefacts if _kind(file) != kind]:
        return wrong
    return [
        *(finding for file, _ in artefacts for finding in _artefact(file)),
        *_root(main),
        *(finding for item in walk(main.resource) for finding in _item(main, item)),
        *_links(main),
        *_answer_sets(main, value_sets),
        *_library_needs(main, libraries, value_sets),
        *expression_findings(main, libraries),
        *constraint_findings(main),
    ]


def extension(element: Json, url: str) -> list[Json]:
    """The extensions of a url on an element."""
    return [found for found in element.get("extension", ()) if found["url"] == url]


def _kind(file: FormFile) -> str:
    return str(file.resource["resourceType"])


def _artefact(file: FormFile) -> Iterator[str]:
    """Every Questionnaire, Library and ValueSet can be referred to by a versioned canonical, and be read by its id."""
    resource = file.resource
    for name in ("id", "url", "version", "status", "date", "title"):
        if not resource.get(name):
            yield file.finding(f"{resource['resourceType']}.{name} is missing.")
    if "|" in resource.get("url", "") or "#" in resource.get("url", ""):
        yield file.finding("The url must hold neither | nor #.", '"url"')
    if not extension(resource, VERSION_ALGORITHM):
        yield file.finding("A version needs the extension artifact-versionAlgorithm (sdc-2).", '"version"')


def _root(main: FormFile) -> Iterator[str]:
    form = main.resource
    if STANDARD_PROFILE not in form.get("meta", {}).get("profile", ()):
        yield main.finding(f"meta.profile must name {STANDARD_PROFILE}.", '"meta"')
    if form.get("subjectType") != ["Patient"]:
        yield main.finding("subjectType must be Patient and nothing else.", '"subjectType"')
    if not form.get("item"):
        yield main.finding("A standard form has at least one item.")


_Rule = Callable[[Json], bool]
_ITEM_RULES: tuple[tuple[_Rule, str], ...] = (
    (lambda item: bool(item.get("text")), "needs a text"),
    (lambda item: item["type"] != "group" or bool(item.get("item")), "is a group without items (que-1)"),
    (lambda item: item["type"] != "display" or "item" not in item, "is a display with items (que-1)"),
    (lambda item: item["type"] != "display" or "code" not in item, "is a display with a code (que-3)"),
    (
        lambda item: not ("answerOption" in item and "answerValueSet" in item),
        "has both answerOption and answerValueSet (que-4)",
    ),
    (
        lambda item: item["type"] not in _CHOICES or "answerOption" in item or "answerValueSet" in item,
        "is a choice without options (dtrq-2)",
    ),
    (
        lambda item: (
            item["type"] != "quantity"
            or bool(
                extension(item, f"{CORE}/questionnaire-unitOption")
                + extension(item, f"{CORE}/questionnaire-unitValueSet")
            )
        ),
        "is a quantity without unitOption or unitValueSet (dtrq-3)",
    ),
    (
        lambda item: item["type"] != "reference" or bool(extension(item, f"{CORE}/questionnaire-referenceResource")),
        "is a reference without referenceResource (dtrq-4)",
    ),
    (
        lambda item: all(
            "valueCoding" in option or "valueReference" in option for option in item.get("answerOption", ())
        ),
        "has an option that is neither Coding nor Reference",
    ),
    (
        lambda item: all(
            coding.get("system") and coding.get("display")
            for option in item.get("answerOption", ())
            if (coding := option.get("valueCoding"))
        ),
        "has an option without system or display",
    ),
    (
        lambda item: len(item.get("enableWhen", ())) < 2 or "enableBehavior" in item,
        "has several enableWhen and no enableBehavior (que-12)",
    ),
)


def _item(main: FormFile, item: Json) -> Iterator[str]:
    for holds, sentence in _ITEM_RULES:
        if not holds(item):
            yield main.finding(f"Item {item['linkId']} {sentence}.", f'"{item["linkId"]}"')


def _links(main: FormFile) -> Iterator[str]:
    counted = Counter(item["linkId"] for item in walk(main.resource))
    for link_id, count in counted.items():
        if count > 1:
            yield main.finding(f"The linkId {link_id} is used {count} times (que-2).", f'"{link_id}"')
    for item in walk(main.resource):
        for condition in item.get("enableWhen", ()):
            if condition["question"] not in counted:
                yield main.finding(f"Item {item['linkId']} depends on an item that the form lacks.", '"enableWhen"')


def _answer_sets(main: FormFile, value_sets: Sequence[FormFile]) -> Iterator[str]:
    """Spec: hl7.fhir.us.davinci-dtr_2.2.0@oper-14."""
    present = {_canonical(file.resource) for file in value_sets}
    for item in walk(main.resource):
        units = extension(item, f"{CORE}/questionnaire-unitValueSet")
        for canonical in (item.get("answerValueSet"), *(unit.get("valueCanonical") for unit in units)):
            if canonical and not canonical.startswith("#") and canonical not in present:
                sentence = "names a ValueSet, by url|version, that is not in value-sets/"
                yield main.finding(f"Item {item['linkId']} {sentence}.", f'"{item["linkId"]}"')


def _library_needs(main: FormFile, libraries: Sequence[FormLibrary], value_sets: Sequence[FormFile]) -> Iterator[str]:
    """Spec: hl7.fhir.us.davinci-dtr_2.2.0@oper-12, hl7.fhir.us.davinci-dtr_2.2.0@oper-16."""
    present = {_canonical(library.file.resource) for library in libraries}
    named = {found["valueCanonical"] for found in extension(main.resource, CQF_LIBRARY)}
    sets = {_canonical(file.resource) for file in value_sets}
    for library in libraries:
        resource = library.file.resource
        depends = [found for found in resource.get("relatedArtifact", ()) if found["type"] == "depends-on"]
        named |= {found.get("resource", "") for found in depends}
        filters = [found for need in resource.get("dataRequirement", ()) for found in need.get("codeFilter", ())]
        for found in filters:
            if "valueSet" in found and found["valueSet"] not in sets:
                yield library.file.finding(
                    "A dataRequirement names a ValueSet that is not in value-sets/.", '"valueSet"'
                )
    for canonical in sorted(named - present):
        yield main.finding(f"The Library {canonical} (url|version) is not in libraries/.", "cqf-library")
    for canonical in sorted(present - named):
        yield main.finding(f"The Library {canonical} is named by no cqf-library and no depends-on.", "cqf-library")
    if len({library.file.resource["name"] for library in libraries}) < len(libraries):
        yield main.finding("Two libraries have one name; expressions could not tell them apart.", "cqf-library")


def _canonical(resource: Json) -> str:
    return f"{resource.get('url')}|{resource.get('version')}"
