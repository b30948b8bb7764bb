"""What a tester does while a kit's test waits: a handshake's test goes on when the Subscription is active, and the one
pended case is approved by a reviewer, over the reviewers' interface.

With `--event` a request of the demo's clinic is decided as well, for kits that wait for any event.

Run as `python -m conformance.on_wait SERVER BASE [--event]` with the waiting result as JSON on standard input
(`test_id`, `result_message`, `run_inputs`); the URLs that it prints are to be opened. It knows no payload: the case is
found by the Bundle identifier that the tester gave in the inputs.
"""

import json
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from typing import Any

_DECIDES = "subscription_notification_wait_pended"
"""The end of the id of the test that waits for the notification of a decision."""

_PATIENCE_SECONDS = 60
REVIEWER = {"id": "conformance-reviewer", "role": "nurse", "licence": "RN-1"}


def main() -> int:
    """The exit status is 0 when what the test waits for was done."""
    server, base = sys.argv[1], sys.argv[2]
    waiting = json.load(sys.stdin)
    if waiting["test_id"].endswith(_DECIDES):
        decide(server, waiting["run_inputs"]["pended_pa_submit_request_payload"])
        return 0
    link = re.search(r"https?://[^\s)\"'<>]+/resume_pass[^\s)\"'<>]*", waiting.get("result_message") or "")
    if link is None:
        return 0
    wait_until_active(server + base, str(waiting["run_inputs"].get("access_token") or ""))
    if "--event" in sys.argv:
        demo = [sys.executable, "-m", "server", "demo", "pended", "--url", server]
        subprocess.run(demo, check=True, stdout=subprocess.DEVNULL, timeout=_PATIENCE_SECONDS)
    sys.stdout.write(link.group(0) + "\n")
    return 0


def decide(server: str, payload: str) -> None:
    """Approves all items of the case that a Bundle opened."""
    identifier = json.loads(payload)["identifier"]
    named = "|".join(part for part in (identifier.get("system"), identifier["value"]) if part)
    cases = _call(f"{server}/api/v1/work?q={urllib.parse.quote(named)}")["cases"]
    case = next(one for one in cases if one["state"] == "pended")
    items = [
        {"sequence": item["sequence"], "decision": "approve", "note": "Approved after review."}
        for item in case["items"]
        if item["review_action"] == "A4"
    ]
    _call(
        f"{server}/api/v1/cases/{case['id']}/decisions",
        {"reviewer": REVIEWER, "version": case["version"], "items": items},
    )


def wait_until_active(base: str, token: str) -> None:
    """Returns when the Subscription that carries the token in its header is active: its handshake was accepted."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        found = _call(f"{base}/Subscription?status=active&_sort=-_lastUpdated&_count=50").get("entry", [])
        if any(token in json.dumps(entry["resource"]["channel"].get("header", [])) for entry in found):
            return
        time.sleep(1)
    raise SystemExit("no Subscription of this run became active")


def _call(url: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


if __name__ == "__main__":
    sys.exit(main())
