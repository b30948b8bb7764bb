"""What we need to send: one adapter gives it, `rest_hook.py`."""

from typing import Protocol

from server.notification.subscription import Channel, Problem


class Send(Protocol):
    """Sends one notification."""

    async def __call__(self, channel: Channel, body: bytes) -> Problem | None:
        """Posts the body and gives None when the endpoint accepted it, else why not. Never raises for the endpoint."""
