"""Every setting with type, unit, default and a sentence: read from PASSAGE_… variables, shown by `passage settings`."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import DirectoryPath, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from server.web.enforcement import read_enforcement

_PACKAGE = Path(__file__).resolve().parent


def content_root() -> Path:
    """The folder with policies/, plans/, questionnaires/ and profiles/: in the wheel, or the checkout's top."""
    packaged = _PACKAGE / "shipped"
    return packaged if packaged.is_dir() else _PACKAGE.parent


def _in(unit: str) -> dict[str, Any]:
    """The unit of a setting, as `passage settings` shows it."""
    return {"unit": unit}


class Settings(BaseSettings):
    """The settings of one process."""

    model_config = SettingsConfigDict(
        env_prefix="PASSAGE_", frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    host: Annotated[str, Field(min_length=1, description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[
        int,
        Field(ge=0, le=65535, description="Port to listen on; 0 takes a free one.", json_schema_extra=_in("TCP port")),
    ] = 8000
    store_url: Annotated[
        SecretStr,
        Field(
            description="Where cases are kept: sqlite:///PATH or mongodb://HOST/DATABASE.", json_schema_extra=_in("URL")
        ),
    ] = SecretStr("sqlite:///passage.db")
    mongodb_driver: Annotated[
        str, Field(pattern="^(pymongo|motor)$", description="Driver for mongodb:// stores: pymongo or motor.")
    ] = "pymongo"
    base_url: Annotated[
        str | None,
        Field(
            pattern=r"^https?://[^\s?#]*[^\s?#/]$",
            description="Public address of this server, without a trailing slash; empty: as the request names it.",
            json_schema_extra=_in("URL"),
        ),
    ] = None
    demo: Annotated[bool, Field(description="Load the demo plan and its members.")] = True
    content_path: Annotated[
        DirectoryPath,
        Field(
            description="Folder with policies/, plans/, questionnaires/ and profiles/.", json_schema_extra=_in("path")
        ),
    ] = Field(default_factory=content_root)
    reload_seconds: Annotated[
        float,
        Field(
            ge=0,
            description="Time between looks for changed content files; 0 switches it off.",
            json_schema_extra=_in("seconds"),
        ),
    ] = 2.0
    sweep_seconds: Annotated[
        float,
        Field(
            ge=0,
            description="Time between sweeps of kept bytes that no case names; 0 switches them off.",
            json_schema_extra=_in("seconds"),
        ),
    ] = 3600.0
    max_body_bytes: Annotated[
        int,
        Field(gt=0, description="Largest request body, after decompression.", json_schema_extra=_in("bytes")),
    ] = 10_000_000
    validation: Annotated[
        str,
        Field(
            description=(
                "How requests are held against their profiles: enforce, report or off, alone for all and as name=word "
                "for one, with commas between; names are as in Claim/$submit, Subscription/create, order-sign and "
                "cds-services (all hooks)."
            )
        ),
    ] = "enforce"
    profiles_path: Annotated[
        DirectoryPath | None,
        Field(
            description="Folder of further profiles, as `passage profiles add` writes them.",
            json_schema_extra=_in("path"),
        ),
    ] = None
    terminology_url: Annotated[
        str | None,
        Field(
            pattern=r"^https?://[^\s?#]*[^\s?#/]$",
            description="Base of a FHIR terminology server, which $validate asks about codes that are not shipped.",
            json_schema_extra=_in("URL"),
        ),
    ] = None
    most_issues: Annotated[
        int,
        Field(
            gt=0,
            description="Most issues in the answer to a refused request; the rest is counted.",
            json_schema_extra=_in("issues"),
        ),
    ] = 100
    self_check: Annotated[
        Literal["off", "report", "raise"],
        Field(
            description="Whether answers are held against their profiles too: off, report in the log, or raise (fail).",
        ),
    ] = "off"
    hook_deadline_seconds: Annotated[
        float,
        Field(gt=0, description="Time after which a hook answers with what it has.", json_schema_extra=_in("seconds")),
    ] = 4.0
    log_format: Annotated[str, Field(pattern="^(json|console)$", description="json or console.")] = "json"
    log_level: Annotated[
        str, Field(pattern="^(debug|info|warning|error)$", description="debug, info, warning or error.")
    ] = "info"
    overdue_seconds: Annotated[
        float,
        Field(
            ge=0,
            description="Time between looks for cases past their due time; 0 switches it off.",
            json_schema_extra=_in("seconds"),
        ),
    ] = 60.0
    notification_endpoints: Annotated[
        Literal["public", "private", "any"] | None,
        Field(
            description=(
                "Where notifications may go: public (https to public addresses), private (https to private addresses "
                "too) or any (http too); empty: any with the demo plan, else public."
            ),
        ),
    ] = None
    notification_days: Annotated[
        int,
        Field(
            ge=0,
            description="Time for which delivered notifications are kept for $events; 0 keeps them for good.",
            json_schema_extra=_in("days"),
        ),
    ] = 30
    shutdown_seconds: Annotated[
        int,
        Field(gt=0, description="Time that SIGTERM waits for requests in flight.", json_schema_extra=_in("seconds")),
    ] = 30

    @field_validator("validation")
    @classmethod
    def _words_of_validation(cls, value: str) -> str:
        read_enforcement(value)
        return value
