"""`passage profiles build|list`: the compact facts of published packages that validation runs on.

Spec page: https://hl7.org/fhir/R4/packages.html
"""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from server.cli.screen import out, table
from server.fhir.validation.build import Build
from server.fhir.validation.library import open_folder
from server.fhir.validation.package import read_package
from server.settings import content_root

app = typer.Typer(help="The profiles that validation knows: build their facts, list them.", no_args_is_help=True)

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


@app.command("list")
def list_packages(folder: Folder = None) -> None:
    """List the packages that validation knows."""
    places = open_folder(folder or content_root() / "profiles")
    counts = Counter((place.package.name, place.package.version) for place in places)
    rows = [(name, version, str(count)) for (name, version), count in sorted(counts.items())]
    out().print(table(None, ("package", "version", "structures"), rows))
