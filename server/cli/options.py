"""Settings as the command line changes them: a flag before a PASSAGE_… variable before the default."""

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from server.settings import Settings

Host = Annotated[str | None, typer.Option(help="Address to listen on.", show_default=False)]
Port = Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.", show_default=False)]
StoreUrl = Annotated[
    str | None, typer.Option("--store", help="sqlite:///PATH or mongodb://HOST/DATABASE.", show_default=False)
]

STORE_HINT = "--store or PASSAGE_STORE_URL"
"""Where a store's address comes from, in the sentence about a wrong one."""


def settings_of(**flags: Any) -> Settings:
    """The settings, with the flags that were given. Wrong values are wrong use (exit code 2) and are not repeated."""
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        sentences = [f"{_named(problem['loc'], given)}: {problem['msg']}" for problem in error.errors()]
        raise typer.BadParameter("; ".join(sentences)) from None


def _named(location: tuple[int | str, ...], given: dict[str, Any]) -> str:
    name = str(location[0]).lower().removeprefix("passage_") if location else "settings"
    flag = {"store_url": "--store"}.get(name, f"--{name.replace('_', '-')}")
    return flag if name in given else f"PASSAGE_{name.upper()}"


def existing_file(path: Path) -> Path:
    """The path of a file that can be read; anything else is wrong use."""
    if not path.is_file():
        raise typer.BadParameter("no such file")
    return path
