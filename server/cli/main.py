"""The commands of `passage`, put together. Each command lives in its own file."""

import sys
from importlib.metadata import version as installed
from typing import Annotated

import typer

from server.cli import (
    case,
    demo_command,
    fhirpath,
    members,
    metrics,
    policy,
    profiles,
    serve,
    settings_command,
    validate,
)
from server.cli.screen import problems
from server.errors import PassageError

Version = Annotated[bool, typer.Option("--version", help="Show the version.")]

app = typer.Typer(
    name="passage",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def passage(version: Version = False) -> None:
    """The payer side of electronic prior authorization: CRD, DTR and PAS on one FHIR R4 server."""
    if version:
        typer.echo(f"passage {installed('passage')}")
        raise typer.Exit()


app.command("serve")(serve.serve)
app.command("settings")(settings_command.settings)
app.command("fhirpath")(fhirpath.fhirpath)
app.command("validate")(validate.validate)
app.add_typer(demo_command.app, name="demo")
app.add_typer(policy.app, name="policy")
app.add_typer(case.app, name="case")
app.add_typer(members.app, name="members")
app.add_typer(metrics.app, name="metrics")
app.add_typer(profiles.app, name="profiles")


def run() -> None:
    """Runs the command that the process was started with. A refusal of ours is a sentence and exit code 1."""
    try:
        app()
    except PassageError as error:
        problems().print(f"passage: {error}", markup=False, style="red")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
