"""Reads a Library of a form and puts its CQL and ELM into it. CQL and ELM must belong together.

ELM is compiled when a form is built, never here; the hash of the CQL that it was compiled from lies beside it.
Spec page: https://hl7.org/fhir/us/davinci-dtr/STU2.2/specification.html#cql
"""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from server.content.form_file import FormFile, read_json, shown_name
from server.fhir.lenient import obj, objects, text


@dataclass(frozen=True, slots=True)
class FormLibrary:
    """A Library with its content, and the names that its ELM defines."""

    file: FormFile
    defines: frozenset[str]


def load_library(file: Path, findings: list[str]) -> FormLibrary | None:
    """The Library of `Name.json` with `Name.cql` and `Name.elm.json`; None, with findings, when they do not fit.

    Spec: hl7.fhir.us.davinci-dtr_2.2.0@spec-95
    """
    main, elm = read_json(file, findings), read_json(file.with_suffix(".elm.json"), findings)
    cql = _read(file.with_suffix(".cql"), findings)
    kept = _read(file.with_suffix(".cql.sha256"), findings)
    if main is None or elm is None or cql is None or kept is None:
        return None
    if kept.decode(errors="replace").strip() != sha256(cql).hexdigest():
        findings.append(f"{elm.name}:1: The ELM was compiled from another CQL text; run `make forms`.")
    defined = obj(elm.resource.get("library"))
    identifier = obj(defined.get("identifier"))
    named = main.resource.get("name"), main.resource.get("version")
    if (identifier.get("id"), identifier.get("version")) != named:
        findings.append(main.finding("Library.name and version must be those of the CQL library.", '"name"'))
    contents = (("text/cql", cql), ("application/elm+json", elm.text.strip().encode()))
    content = [{"contentType": kind, "data": b64encode(body).decode()} for kind, body in contents]
    complete = FormFile(main.name, main.text, {**main.resource, "content": content})
    statements = objects(obj(defined.get("statements")).get("def"))
    return FormLibrary(complete, frozenset(name for statement in statements if (name := text(statement.get("name")))))


def _read(file: Path, findings: list[str]) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        findings.append(f"{shown_name(file)}:1: The file is missing or can't be read.")
        return None
