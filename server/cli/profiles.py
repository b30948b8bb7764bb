"""`passage profiles build|add|list`: the compact facts of published packages that validation runs on.

Spec page: https://hl7.org/fhir/R4/packages.html
"""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from server.cli.screen import out, problems, table
from server.fhir.validation.add_package import add_packages
from server.fhir.validation.build import Build
from server.fhir.validation.library import open_folder
from server.fhir.validation.package import read_package
from server.settings import content_root

app = typer.Typer(
    help="The profiles that validation knows: build their facts, add to them, list them.", no_args_is_help=True
)

Folder = Annotated[Path | None, typer.Option("--folder", help="Folder of profiles.", show_default="the shipped one")]


@app.command()
def build(
    packages: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Published packages (.tgz).")],
    folder: Folder = None,
) -> None:
    """Write the facts of published packages, the same bytes for the same packages.

    Give all packages that refer to each other at once, the core package among them: what a package does not carry
    itself is taken from the others.
    """
    root = folder or content_root() / "profiles"
    files = Build([read_package(path) for path in packages]).files()
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    size = sum(len(text.encode()) for text in files.values())
    out().print(f"{len(files)} files, {size / 1e6:.1f} MB, in {root}")


@app.command()
def add(
    packages: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Published packages (.tgz).")],
    to: Annotated[
        Path | None,
        typer.Option("--to", help="Folder that takes them, made when absent.", show_default="the shipped one"),
    ] = None,
    folder: Folder = None,
) -> None:
    """Add published packages, a payer's own too, to those that validation knows.

    Give packages that refer to each other at once. `passage validate --also FOLDER` and the server's setting
    profiles_path read a folder of your own besides the shipped profiles.
    """
    shipped = folder or content_root() / "profiles"
    target = to or shipped
    known = open_folder(*dict.fromkeys((shipped, target)))
    found = add_packages([read_package(path) for path in packages], known)
    for path, text in found.files.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_text(text, encoding="utf-8")
    for canonical in found.conflicts:
        problems().print(f"known already: {canonical}; who names no package gets the newest", markup=False)
    for canonical in found.left_out:
        problems().print(f"left out: {canonical} has no snapshot", markup=False)
    out().print(f"{found.structures} structures in {target}", markup=False)


@app.command("list")
def list_packages(folder: Folder = None) -> None:
    """List the packages that validation knows."""
    places = open_folder(folder or content_root() / "profiles")
    counts = Counter((place.package.name, place.package.version) for place in places)
    rows = [(name, version, str(count)) for (name, version), count in sorted(counts.items())]
    out().print(table(None, ("package", "version", "structures"), rows))
