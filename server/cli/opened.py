"""The store of a command: connected, started, closed at the end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import typer

from server.cli.options import STORE_HINT
from server.clock import system_clock
from server.settings import Settings
from server.storage.connect import StoreUrlRefused, connect
from server.storage.port import Store


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Store]:
    """The store that the settings name. An address that names none is wrong use (exit code 2)."""
    try:
        store = connect(
            settings.store_url.get_secret_value(), mongodb_driver=settings.mongodb_driver, clock=system_clock
        )
    except StoreUrlRefused as refused:
        raise typer.BadParameter(str(refused), param_hint=STORE_HINT) from None
    await store.start()
    try:
        yield store
    finally:
        await store.close()
