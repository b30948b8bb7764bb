"""Where the review commands work: directly on a store, or over HTTP at a server. Both follow the same rules.

A command sends the body that the reviewers' interface describes and gets what it answers, whichever way it goes.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

import aiohttp
from pydantic import TypeAdapter, ValidationError

from server.cases.answering import Answering
from server.cases.case import CASE_KIND
from server.cases.document import from_document
from server.cli.opened import opened
from server.clock import Ids, system_clock
from server.content.load import load_content
from server.errors import PassageError
from server.fhir import json
from server.fhir.json import Json
from server.review.refused import DecisionRefused
from server.review.reviewing import Reviewing
from server.review.view import work_row
from server.review.wire import ActBody, DecisionsBody
from server.review.work import Filters, known_cases, work_list
from server.settings import Settings
from server.storage.port import Store

_NARROW = ("owner", "waits_for", "line_of_business", "claimed_by", "overdue")

_LIMIT = aiohttp.ClientTimeout(total=30)


class DeskRefused(PassageError):
    """What was refused, as a sentence each."""


class Desk(Protocol):
    """What the commands need."""

    async def work(self, parameters: Mapping[str, str]) -> Json:
        """The work list, by the parameters of the interface."""

    async def case(self, id: str) -> Json:
        """The case, at least its row of the work list; raises DeskRefused when there is none."""

    async def act(self, id: str, name: str, body: Json) -> Json:
        """Does `claim`, `release` or `decisions` and gives the case's row; raises DeskRefused."""


@asynccontextmanager
async def desk(settings: Settings, url: str | None) -> AsyncIterator[Desk]:
    """The server at the address; without one the store that the settings name."""
    if url:
        async with aiohttp.ClientSession(timeout=_LIMIT) as session:
            yield ServerDesk(url.rstrip("/"), session)
    else:
        async with opened(settings) as store:
            yield StoreDesk(store, settings)


@dataclass(frozen=True, slots=True)
class ServerDesk:
    """The reviewers' interface of a running server."""

    origin: str
    session: aiohttp.ClientSession

    async def work(self, parameters: Mapping[str, str]) -> Json:
        """GET /api/v1/work."""
        return await self._call("GET", "work", params=dict(parameters))

    async def case(self, id: str) -> Json:
        """GET /api/v1/cases/{id}."""
        return await self._call("GET", f"cases/{id}")

    async def act(self, id: str, name: str, body: Json) -> Json:
        """POST /api/v1/cases/{id}/{name}."""
        headers = {"Content-Type": "application/json"}
        return await self._call("POST", f"cases/{id}/{name}", data=json.write(body), headers=headers)

    async def _call(self, method: str, path: str, **how: Json) -> Json:
        url = f"{self.origin}/api/v1/{path}"
        try:
            async with self.session.request(method, url, **how) as response:
                answered = json.read(await response.read())
        except (aiohttp.ClientError, TimeoutError, json.JsonRefused) as error:
            raise DeskRefused(f"{self.origin} does not answer as Passage does ({type(error).__name__}).") from None
        if response.status != 200:
            raise DeskRefused("\n".join(_sentences(answered)))
        return answered


@dataclass(frozen=True, slots=True)
class StoreDesk:
    """A store, with the content that the settings name."""

    store: Store
    settings: Settings

    async def work(self, parameters: Mapping[str, str]) -> Json:
        """The work list from the store."""
        filters = TypeAdapter(Filters).validate_python(
            {name: parameters[name] for name in parameters if name in _NARROW}
        )
        limit, asked, now = int(parameters["limit"]), parameters.get("q"), system_clock()
        if asked:
            page = await known_cases(self.store, asked, filters, now, limit=limit)
        else:
            page = await work_list(self.store, filters, now, limit=limit, after=None)
        rows = [work_row(case, now).model_dump() for case in page.cases]
        return _plain({"total": page.total, "cases": rows})

    async def case(self, id: str) -> Json:
        """The case from the store."""
        stored = await self.store.get(CASE_KIND, id)
        if stored is None:
            raise DeskRefused("There is no case with this id; `passage case work` names those that wait.")
        return _plain(work_row(from_document(stored), system_clock()).model_dump())

    async def act(self, id: str, name: str, body: Json) -> Json:
        """The same act as the interface's, in one write to the store."""
        content = load_content(self.settings.content_path, demo=self.settings.demo)
        reviewing = Reviewing(self.store, self._answering(), system_clock, Ids(), lambda: content)
        try:
            if name == "decisions":
                decided = DecisionsBody.model_validate(body)
                case = await reviewing.decide(id, decided.read(), decided.reviewer.read(), decided.version)
            else:
                act = ActBody.model_validate(body)
                using = reviewing.claim if name == "claim" else reviewing.release
                case = await using(id, act.reviewer.read(), act.version)
        except ValidationError as error:
            raise DeskRefused("\n".join(_problems(error))) from None
        except DecisionRefused as refused:
            raise DeskRefused(_about(refused.item, refused.sentence)) from None
        return _plain(work_row(case, system_clock()).model_dump())

    def _answering(self) -> Answering:
        from server.pas.answering import PasAnswering

        return PasAnswering(self.store, Ids())


def _sentences(problem: Json) -> list[str]:
    if not isinstance(problem, dict):
        return ["It was refused without a reason."]
    errors = [f"{each.get('element')}: {each.get('detail')}" for each in problem.get("errors") or ()]
    return errors or [_about(problem.get("item"), str(problem.get("detail") or problem.get("title")))]


def _about(item: int | None, sentence: str) -> str:
    return sentence if item is None else f"Item {item}: {sentence}"


def _problems(error: ValidationError) -> list[str]:
    return [f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors()]


def _plain(value: Json) -> Json:
    """The value as it reads after the wire."""
    return json.read(json.write(value))
