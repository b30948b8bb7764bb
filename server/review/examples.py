"""Bodies that the interface's description shows: one for each kind of act, for an item 1 that is pended."""

from collections.abc import Mapping

from server.fhir.json import Json

_NURSE = {"id": "nurse-1", "role": "nurse", "licence": "RN-100200"}
_PHYSICIAN = {
    "id": "physician-1",
    "role": "physician",
    "licence": "MD-300400",
    "specialty": "Physical medicine",
    "npi": "1992837465",
}

ACT: Mapping[str, Json] = {"A nurse": {"value": {"reviewer": _NURSE}}}


def _by(reviewer: Json, **item: Json) -> Json:
    return {"value": {"reviewer": reviewer, "version": 1, "items": [{"sequence": 1, **item}]}}


DECISIONS: Mapping[str, Json] = {
    "Approve": _by(_NURSE, decision="approve", note="The visit note shows the need at home."),
    "Approve in part": _by(
        _PHYSICIAN,
        decision="approve-in-part",
        allowed={"value": 6, "unit": "visit"},
        reasons=["10"],
        note="Six visits meet the goal of therapy; more can be requested with the next progress note.",
        criteria=["wheelchair-review"],
    ),
    "Modify": _by(
        _PHYSICIAN,
        decision="modify",
        modified={"servicedPeriod": {"start": "2026-12-01", "end": "2027-02-28"}},
        reasons=["10"],
        note="Three months of rental, then a look at the progress.",
        criteria=["wheelchair-review"],
    ),
    "Deny": _by(
        _PHYSICIAN,
        decision="deny",
        reasons=["0F"],
        note="The patient walks 100 m with a cane, by the visit note of last week.",
        criteria=["wheelchair-review"],
    ),
    "Request information": _by(
        _NURSE, decision="request-information", wanted=[{"code": "34117-2"}], note="Please send the last visit note."
    ),
    "Extend": _by(
        _PHYSICIAN,
        decision="extend",
        due="2026-12-04T15:00:00Z",
        ground="member-asked",
        note="The member asked for time to see the specialist.",
    ),
    "Refer": _by(
        _NURSE, decision="refer", summary="The note does not say how far the patient walks; the need is not clear."
    ),
}
