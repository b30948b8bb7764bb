"""`passage settings`: every setting with type, unit, default, value and where the value comes from."""

import os
from pathlib import Path
from typing import Annotated, Any, get_args

import typer
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from server.cli.options import Host, Port, StoreUrl, settings_of
from server.cli.screen import out, table, write_json
from server.settings import Settings

COLUMNS = ("setting", "variable", "type", "unit", "default", "value", "source", "what it does")

_WORDS = {
    SecretStr: "text",
    str: "text",
    Path: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    type(None): "empty",
}
"""The types of settings in words."""


def settings(
    host: Host = None,
    port: Port = None,
    store: StoreUrl = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Show every setting. Passwords in addresses are hidden."""
    flags = {"host": host, "port": port, "store_url": store}
    rows = described(settings_of(**flags), {name for name, value in flags.items() if value is not None})
    if as_json:
        write_json([dict(zip(COLUMNS, row, strict=True)) for row in rows])
    else:
        shown = [[cell for name, cell in zip(COLUMNS, row, strict=True) if name != "variable"] for row in rows]
        made = table("Each is read from PASSAGE_SETTING, in capitals", [c for c in COLUMNS if c != "variable"], shown)
        out().print(made)


def described(current: Settings, flags: set[str]) -> list[tuple[str, ...]]:
    """A row of COLUMNS for each setting."""
    return [_row(name, field, current, flags) for name, field in Settings.model_fields.items()]


def _row(name: str, field: FieldInfo, current: Settings, flags: set[str]) -> tuple[str, ...]:
    variable = f"PASSAGE_{name.upper()}"
    source = "flag" if name in flags else "environment" if os.environ.get(variable) else "default"
    extra = field.json_schema_extra
    unit = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
    default = field.get_default(call_default_factory=True, validated_data={})
    return (
        name,
        variable,
        _type(field.annotation),
        unit,
        "" if default is PydanticUndefined else _shown(default),
        _shown(getattr(current, name)),
        source,
        field.description or "",
    )


def _type(annotation: Any) -> str:
    names = [_type(each) for each in get_args(annotation)]
    if names:
        return " or ".join(names)
    return _WORDS.get(annotation, str(annotation))


def _shown(value: Any) -> str:
    if isinstance(value, SecretStr):
        return without_password(value.get_secret_value())
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def without_password(url: str) -> str:
    """The URL without its user, password and query, any of which may be a secret. A path of sqlite: stays whole."""
    if url.startswith("sqlite:"):
        return url
    address, query, _ = url.partition("?")
    scheme, mark, place = address.rpartition("://") if "://" in address else ("", "", address)
    hidden = f"***@{place.rpartition('@')[2]}" if "@" in place else place
    return f"{scheme}{mark}{hidden}{query and '?***'}"
