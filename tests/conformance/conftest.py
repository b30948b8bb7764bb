"""HL7's validator as a local service, where its tool lies beside the repository; the application under test as in the
scenarios.
"""

import json
import os
import shutil
import socket
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.scenarios.conftest import app_settings, client, make_client, profiles
from tests.shared import shared

__all__ = ["app_settings", "client", "make_client", "profiles", "validate"]

Validate = Callable[..., list[str]]


@pytest.fixture(scope="session")
def validate() -> Iterator[Validate]:
    """Gives the errors of a resource by a guide's profile: `validate(resource, guide=..., profile=...)`."""
    tool = shared() / "tools" / "validator" / "start"
    if not tool.is_file():
        pytest.skip("shared: the validator's tool is not there")
    if not all(map(shutil.which, ("java", "mvn", "curl"))):
        pytest.skip("java: the validator needs Java 17, Maven and curl")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
    subprocess.run([tool, "--daemon", "--port", port, "--preload", "pas221,dtr220,crd221,crd201"], check=True, **quiet)
    try:
        yield _asking(f"http://127.0.0.1:{port}")
    finally:
        subprocess.run([tool, "stop", "--port", port], check=False, env=dict(os.environ), **quiet)


def _asking(base: str) -> Validate:
    def errors(
        resource: Any, *, guide: str | None = None, profile: str | None = None, examples: bool = False
    ) -> list[str]:
        asked = [("ig", guide)] * bool(guide) + [("profile", profile)] * bool(profile)
        asked += [("exampleUrls", "true")] * examples
        request = urllib.request.Request(
            f"{base}/validate/resource?{urllib.parse.urlencode(asked)}",
            data=resource if isinstance(resource, bytes) else json.dumps(resource).encode(),
            headers={"Content-Type": "application/fhir+json"},
        )
        with urllib.request.urlopen(request, timeout=180) as answer:
            issues = json.load(answer)["issue"]
        return [
            f"{(issue.get('expression') or ['?'])[0]}: {issue.get('details', {}).get('text')}"
            for issue in issues
            if issue["severity"] in {"error", "fatal"}
        ]

    return errors
