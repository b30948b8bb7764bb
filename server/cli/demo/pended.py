"""The pended journey: subscribe, ask, wait while people decide, be told. Played by a clinic's EHR and two reviewers.

Each step says what it did, what came back and where to look; it fails when the answer is not the one that was told.
"""

from collections.abc import AsyncIterator, Callable

from server.cli.demo import answers
from server.cli.demo.claim_bundle import request_bundle
from server.cli.demo.ehr import Answered, Ehr
from server.cli.demo.journey import SUBMIT, Step, read_step
from server.cli.demo.listener import Listener
from server.cli.demo.record import Record
from server.cli.demo.subscription import response_of, status_of, subscription
from server.clock import Clock, Ids
from server.fhir.json import Json

SUBSCRIPTION = "/fhir/Subscription"
WORK = "/api/v1/work"

_PATIENCE_SECONDS = 60
_JSON = "application/json"

_NURSE = {"id": "nurse-demo", "role": "nurse", "licence": "RN-100200"}
_PHYSICIAN = {
    "id": "physician-demo",
    "role": "physician",
    "licence": "MD-300400",
    "specialty": "Physical medicine",
    "npi": "1992837465",
}


class PendedJourney:
    """The steps of the record against one server."""

    def __init__(self, record: Record, ehr: Ehr, listener: Listener, clock: Clock, ids: Ids) -> None:
        self._record = record
        self._ehr = ehr
        self._listener = listener
        self._clock = clock
        self._ids = ids
        self._subscription = ""
        self._bundle = ""
        self._claim = ""
        self._case: Json = None

    async def steps(self) -> AsyncIterator[Step]:
        """Plays the journey; stops after the first step that is not as told, and leaves no Subscription behind."""
        plays = (
            self._subscribe,
            self._handshake,
            self._submit,
            self._find,
            self._nurse_denies,
            self._nurse_refers,
            self._physician_approves,
            self._told,
        )
        try:
            for play in plays:
                step = await play()
                yield step
                if step.wrong:
                    return
        finally:
            if self._subscription:
                await self._ehr.delete(self._subscription)

    async def _subscribe(self) -> Step:
        clinic = self._record.resources["Organization/clinic"]["identifier"][0]["value"]
        asked = subscription(clinic, self._listener.endpoint, self._listener.token)
        answered = await self._ehr.post(SUBSCRIPTION, asked)
        what = "The EHR subscribes to the results of its clinic"
        return read_step(Step(what, answered), self._read_subscription, status=201)

    def _read_subscription(self, step: Step) -> None:
        created = step.answered.body
        self._subscription = f"{SUBSCRIPTION}/{created['id']}"
        step.says = [f"{name}: {created[name]}" for name in ("id", "status", "criteria")]
        step.says.append(f"notifications go to {self._listener.endpoint}")
        step.expect("status", "requested", created["status"])

    async def _handshake(self) -> Step:
        return await self._arrival("The server shakes hands with the listener", self._read_handshake)

    def _read_handshake(self, step: Step) -> None:
        status = status_of(step.answered.body)
        step.says = [f"type: {status['type']}"]
        step.expect("type of the notification", "handshake", status["type"])

    async def _submit(self) -> Step:
        asked = request_bundle(self._record, self._record.order, None, self._clock(), self._ids)
        self._bundle = asked["identifier"]["value"]
        self._claim = asked["entry"][0]["resource"]["identifier"][0]["value"]
        answered = await self._ehr.post(SUBMIT, asked)
        return read_step(Step("Authorization is requested (Claim/$submit)", answered), self._read_pended)

    def _read_pended(self, step: Step) -> None:
        response = answers.claim_response(step.answered.body)
        codes = [code for code, _ in answers.review_actions(response)]
        asked = [entry["resource"] for entry in step.answered.body["entry"]]
        wanted = [
            each["payload"][0]["contentString"] for each in asked if each["resourceType"] == "CommunicationRequest"
        ]
        step.says = ["A4 pended", *answers.process_notes(response)[0].splitlines()[:2]]
        step.says += [f"asked for: LOINC {code}" for code in wanted]
        step.look = f"{self._ehr.origin}/cases/{response['id']}"
        step.expect("reviewAction", ["A4"], codes)

    async def _find(self) -> Step:
        answered = await self._ehr.get(f"{WORK}?q={self._bundle}")
        return read_step(
            Step("A nurse finds it in the work list, by the Bundle's identifier", answered), self._read_work
        )

    def _read_work(self, step: Step) -> None:
        listed = step.answered.body
        step.expect("cases found", 1, len(listed["cases"]))
        (self._case,) = listed["cases"][:1]
        (item,) = self._case["items"]
        step.says = [
            f"case {self._case['id']}",
            f"item {item['sequence']}: {item['review_action']}, queue {item['owner']}, due {item['due']}",
        ]

    async def _nurse_denies(self) -> Step:
        denial = {
            "decision": "deny",
            "reasons": ["0F"],
            "note": "The need is not clear.",
            "criteria": ["wheelchair-review"],
        }
        answered = await self._decide(_NURSE, denial)
        step = Step("She tries to deny it, which only a physician may", answered)
        return read_step(step, self._read_refusal, status=403)

    def _read_refusal(self, step: Step) -> None:
        step.says = [str(step.answered.body["detail"])]

    async def _nurse_refers(self) -> Step:
        referral = {"decision": "refer", "summary": "No visit note came; a physician should look at the diagnosis."}
        return read_step(Step("She refers it to a physician", await self._decide(_NURSE, referral)), self._read_row)

    async def _physician_approves(self) -> Step:
        approval = {"decision": "approve", "note": "The diagnosis and the age make the need at home plain."}
        answered = await self._decide(_PHYSICIAN, approval)
        return read_step(Step("The physician approves it", answered), self._read_approved)

    def _read_row(self, step: Step) -> None:
        self._case = step.answered.body
        (item,) = self._case["items"]
        step.says = [f"item {item['sequence']}: {item['review_action']}, queue {item['owner']}"]
        step.expect("queue", "physician-review", item["owner"])

    def _read_approved(self, step: Step) -> None:
        self._case = step.answered.body
        step.says = [f"{self._case['state']}, numbers {', '.join(self._case['numbers'])}"]
        step.expect("state", "determined", self._case["state"])

    async def _told(self) -> Step:
        return await self._arrival("The clinic is told, with the whole answer", self._read_told, ours=True)

    def _read_told(self, step: Step) -> None:
        status = status_of(step.answered.body)
        response = answers.claim_response(response_of(step.answered.body))
        decided = list(answers.review_actions(response))
        step.says = [f"type: {status['type']}, event {status['events-since-subscription-start']}"]
        step.says += [f"{code} approved, authorization number {number}" for code, number in decided]
        step.says += answers.process_notes(response)
        step.look = f"{self._ehr.origin}/cases/{self._case['id']}"
        step.expect("reviewAction", ["A1"], [code for code, _ in decided])
        step.expect("the number that the physician's decision gave", True, decided[0][1] in self._case["numbers"])

    async def _decide(self, reviewer: Json, item: Json) -> Answered:
        body = {"reviewer": reviewer, "version": self._case["version"], "items": [{"sequence": 1, **item}]}
        return await self._ehr.post(f"/api/v1/cases/{self._case['id']}/decisions", body, _JSON)

    async def _arrival(self, what: str, read: Callable[[Step], None], *, ours: bool = False) -> Step:
        """A step that the server begins: the next notification at the listener, or the next about our Claim."""
        started = self._clock()
        arrived = await self._listener.next(_PATIENCE_SECONDS)
        while ours and arrived and not self._is_ours(arrived):
            arrived = await self._listener.next(_PATIENCE_SECONDS)
        waited = (self._clock() - started).total_seconds() * 1000
        step = Step(what, Answered("POST", self._listener.endpoint, 200 if arrived else 0, arrived, waited))
        if arrived is None:
            step.wrong.append(f"nothing arrived in {_PATIENCE_SECONDS} s")
            return step
        return read_step(step, read)

    def _is_ours(self, notification: Json) -> bool:
        """Others at the same clinic may be told at the same time."""
        if len(notification["entry"]) < 2:
            return False
        named = answers.claim_response(response_of(notification)).get("identifier", ())
        return any(each.get("value") == self._claim for each in named)
