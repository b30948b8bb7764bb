"""What the framework would do by itself and must not."""

from pathlib import Path

from server.app import create_app
from server.settings import Settings


def test_the_framework_exports_nothing_of_a_request(tmp_path: Path) -> None:
    app = create_app(Settings(store_url=f"sqlite:///{tmp_path}/passage.db", reload_seconds=0))

    telemetry = getattr(app, "_telemetry", {})

    assert [name for name, value in telemetry.items() if value is True] == []
