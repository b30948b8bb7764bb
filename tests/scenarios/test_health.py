"""What an operator's tools are told."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

from server.app import create_app
from server.settings import Settings, content_root
from tests.scenarios.conftest import NOW, MakeClient, repeatable_ids


def a_copy_of_the_content(folder: Path) -> Path:
    for name in ("policies", "plans", "questionnaires"):
        shutil.copytree(content_root() / name, folder / name, ignore=shutil.ignore_patterns("node_modules"))
    return folder


async def test_a_server_with_store_and_content_is_ready(client: httpx2.AsyncClient) -> None:
    live, ready = await client.get("/health/live"), await client.get("/health/ready")

    assert (live.status_code, live.json()) == (200, {"status": "up"})
    assert (ready.status_code, ready.json()) == (
        200,
        {"status": "up", "store": "up", "content": {"status": "up", "plans": 1, "problems": []}},
    )


@asynccontextmanager
async def a_client_of_a_server_whose_store_is_closed(settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    app = create_app(settings, clock=lambda: NOW, ids=repeatable_ids())
    async with app.router.lifespan_context(app):
        pass
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://passage.test") as client:
        yield client


async def test_a_store_that_can_not_be_reached_makes_the_server_unready(app_settings: Settings) -> None:
    async with a_client_of_a_server_whose_store_is_closed(app_settings) as client:
        live, ready = await client.get("/health/live"), await client.get("/health/ready")

    assert live.status_code == 200
    assert (ready.status_code, ready.json()["store"], ready.json()["status"]) == (503, "down", "down")


async def test_a_store_that_can_not_be_reached_is_said_to_the_client_who_may_try_again(app_settings: Settings) -> None:
    async with a_client_of_a_server_whose_store_is_closed(app_settings) as client:
        response = await client.get("/fhir/Claim")

    issues = response.json()["issue"]
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert [(issue["severity"], issue["code"]) for issue in issues] == [("error", "transient")]


async def test_a_broken_edit_leaves_the_content_in_force_and_is_named(make_client: MakeClient, tmp_path: Path) -> None:
    # Given a running server and its plan
    root = a_copy_of_the_content(tmp_path / "content")
    client = await make_client(content_path=root, reload_seconds=0.05)
    plan = root / "plans" / "demo" / "plan.yaml"

    # When an edit breaks the plan
    plan.write_text("id: [")

    # Then readiness names file and line, and the server goes on with what it had
    problems = await _until_problems(client)
    ready = await client.get("/health/ready")
    assert [problem for problem in problems if problem.startswith("plans/demo/plan.yaml:")] == problems
    assert (ready.status_code, ready.json()["content"]["plans"]) == (200, 1)


async def _until_problems(client: httpx2.AsyncClient) -> list[str]:
    for _ in range(200):
        problems: list[str] = (await client.get("/health/ready")).json()["content"]["problems"]
        if problems:
            return problems
        await asyncio.sleep(0.05)
    return []


async def test_metrics_count_requests_by_route_and_name_no_path(client: httpx2.AsyncClient) -> None:
    await client.get("/fhir/Claim/MEMBER-4711")
    await client.get("/fhir/Claim?identifier=MEMBER-4711")
    await client.get("/MEMBER-4711")

    text = (await client.get("/metrics")).text

    counted = {line.rpartition(" ")[0] for line in text.splitlines() if line.startswith("passage_requests_total{")}
    assert counted == {
        'passage_requests_total{method="GET",route="/fhir/Claim/{id}",status="404"}',
        'passage_requests_total{method="GET",route="/fhir/Claim",status="200"}',
        'passage_requests_total{method="GET",route="unmatched",status="404"}',
    }
    assert "MEMBER-4711" not in text


async def test_a_server_without_the_demo_is_ready_for_the_plans_it_has(make_client: MakeClient) -> None:
    client = await make_client(demo=False)

    ready = await client.get("/health/ready")

    assert (ready.status_code, ready.json()["content"]) == (200, {"status": "up", "plans": 0, "problems": []})
