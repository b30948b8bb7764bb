"""What is known about the member, each fact with the place it was read from. Absence of a fact says nothing."""

from dataclasses import dataclass, field
from typing import Literal

from server.decision.request import Code, Value
from server.fhir.dates import DatePeriod


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact was read: the resource (`Observation/1`, a fullUrl) and the element in it, as FHIRPath."""

    resource: str
    element: str
    origin: Literal["provider", "payer"] = "provider"


@dataclass(frozen=True, slots=True)
class Observed:
    """An Observation's value. `effective` is the days it may be of; None when it says no date."""

    codes: tuple[Code, ...]
    value: Value | None
    status: str
    source: Source
    effective: DatePeriod | None = None


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """A Condition, or a diagnosis of the Claim. `state` is active, inactive or refuted."""

    codes: tuple[Code, ...]
    state: Literal["active", "inactive", "refuted"]
    source: Source
    onset: DatePeriod | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """Answers to one item of a form; `questionnaire` is the canonical without version."""

    questionnaire: str
    link_id: str
    values: tuple[Value, ...]
    source: Source
    authored: DatePeriod | None = None


@dataclass(frozen=True, slots=True)
class Authorized:
    """An authorization on file, for the codes and days it is valid for."""

    number: str
    codes: tuple[Code, ...]
    valid: DatePeriod
    source: Source


@dataclass(frozen=True, slots=True)
class Facts:
    """All facts of one request. Facts of different sources may contradict one another: then they are unknown."""

    observed: tuple[Observed, ...] = ()
    diagnosed: tuple[Diagnosed, ...] = ()
    answered: tuple[Answered, ...] = ()
    authorized: tuple[Authorized, ...] = field(default=())
