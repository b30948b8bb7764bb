"""Reads `prefill.yaml`: which items of a form the payer can fill from the resources that came with an order.

Spec page: https://hl7.org/fhir/us/davinci-dtr/STU2.2/specification.html
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from server.content.form_file import shown_name
from server.content.forms import KNOWN_SOURCES, ObservedItems, Prefill
from server.fhir.json import Json


def load_prefill(file: Path, items: Mapping[str, Json], findings: list[str]) -> Prefill:
    """The rules of the file, none when there is no file; what is wrong with it is added to the findings."""
    if not file.exists():
        return Prefill()
    name = shown_name(file)
    try:
        read = yaml.safe_load(file.read_text(encoding="utf-8"))
        prefill = Prefill(
            known=dict(read.get("known", {})),
            diagnosis=read.get("diagnosis"),
            observations=tuple(
                ObservedItems(tuple(group["items"]), group.get("date")) for group in read.get("observations", ())
            ),
        )
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, KeyError, TypeError, ValueError):
        shape = "`known: {linkId: source}`, `diagnosis: linkId` and `observations: [{items, date}]`"
        findings.append(f"{name}:1: The file must hold {shape}.")
        return Prefill()
    findings += [
        f"{name}:1: The source {source} is not one of {', '.join(KNOWN_SOURCES)}."
        for source in prefill.known.values()
        if source not in KNOWN_SOURCES
    ]
    findings += _item_findings(name, prefill, items)
    return prefill


def _item_findings(name: str, prefill: Prefill, items: Mapping[str, Json]) -> Iterator[str]:
    wanted = {link_id: KNOWN_SOURCES.get(source) for link_id, source in prefill.known.items()}
    wanted |= {link_id: "quantity" for group in prefill.observations for link_id in group.items}
    wanted |= {group.date: "date" for group in prefill.observations if group.date}
    wanted |= {prefill.diagnosis: "choice"} if prefill.diagnosis else {}
    for link_id, kind in wanted.items():
        item = items.get(link_id, {})
        if kind is not None and item.get("type") != kind:
            yield f"{name}:1: The form has no item {link_id} of type {kind}."
        elif kind == "quantity" and not item.get("code"):
            yield f"{name}:1: The item {link_id} has no code to find Observations by."
