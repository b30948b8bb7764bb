"""`passage serve`: the server in the foreground, and what to open next."""

import typer

from server.cli.options import STORE_HINT, Host, Port, StoreUrl, settings_of
from server.cli.screen import out
from server.settings import Settings


def serve(host: Host = None, port: Port = None, store: StoreUrl = None) -> None:
    """Start the server; it stops on Ctrl-C and finishes what it has acknowledged."""
    from server.storage.connect import StoreUrlRefused
    from server.web.serve import run

    settings = settings_of(host=host, port=port, store_url=store)
    if settings.port:
        out().print(welcome(settings), markup=False, soft_wrap=True)
    try:
        run(settings)
    except StoreUrlRefused as refused:
        raise typer.BadParameter(str(refused), param_hint=STORE_HINT) from None


def welcome(settings: Settings) -> str:
    """What to open next, one address a line."""
    origin = origin_of(settings)
    flags = "" if origin == "http://127.0.0.1:8000" else f" --url {origin}"
    return "\n".join(
        (
            "Passage is starting. Open next:",
            f"  start page           {origin}/",
            f"  CDS Hooks discovery  {origin}/cds-services",
            f"  CapabilityStatement  {origin}/fhir/metadata",
            f"  API reference        {origin}/docs",
            f"  readiness            {origin}/health/ready",
            f"  one whole journey    passage demo{flags}   (in another terminal)",
        )
    )


def origin_of(settings: Settings) -> str:
    """The address of the server that the settings describe, as a browser on this machine opens it."""
    return settings.base_url or f"http://{_reachable(settings.host)}:{settings.port}"


def _reachable(host: str) -> str:
    """An address that a browser on this machine can open."""
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
