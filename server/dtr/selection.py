"""Chooses the forms of a package request. Pure: what was found and decided comes in, forms and remarks come out.

Canonicals limit the answer to what they name; without them the context and the orders decide. Where none of the
canonicals is known, those two decide as well, so that a mistyped one costs a warning and not the documentation.
Spec page: https://hl7.org/fhir/us/davinci-dtr/STU2.2/OperationDefinition-questionnaire-package.html
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from server.content.forms import Form, Forms
from server.dtr.context import Launch
from server.dtr.package_request import PackageRequest
from server.errors import Issue
from server.fhir.dates import interval
from server.fhir.json import Json


@dataclass(frozen=True, slots=True)
class DecidedOrder:
    """An order of the request with what the decision says about its documentation."""

    reference: Json
    """A Reference to it as the client names it; None when it has no id."""
    place: str
    forms: tuple[str, ...] = ()
    authorization_required: bool = True
    understood: bool = True
    """False: it has no code, or is of a type that is not decided on."""


@dataclass
class _Wanted:
    form: Form
    orders: list[Json] = field(default_factory=list)
    for_authorization: bool = False


@dataclass(frozen=True, slots=True)
class SelectedForm:
    """A form of the answer, with the orders that it documents."""

    form: Form
    orders: tuple[Json, ...]
    for_authorization: bool


@dataclass(frozen=True, slots=True)
class Selection:
    """The forms in the order they were asked for, and what the client should know about the choice."""

    forms: tuple[SelectedForm, ...]
    remarks: tuple[Issue, ...]


def select(
    asked: PackageRequest, launch: Launch | None, orders: Sequence[DecidedOrder], forms: Forms, today: date
) -> Selection:
    """The forms to send. `launch` is what the context id stands for, None without one.

    Spec: hl7.fhir.us.davinci-dtr_2.2.0@oper-8, hl7.fhir.us.davinci-dtr_2.2.0@oper-9
    """
    remarks = [_unused(place) for place in asked.unknown]
    wanted: dict[str, _Wanted] = {}
    for named in asked.questionnaires:
        form = forms.get(named.canonical)
        if form is None:
            remarks.append(_not_found(f"{named.place}.value"))
        elif "|" in named.canonical or not _has_ended(form, today):
            wanted.setdefault(form.canonical, _for_all(form, launch, orders))
    if not wanted:
        remarks += _demanded(wanted, launch, orders, forms, today)
    remarks += _one_version(wanted)
    found = [each for each in wanted.values() if _has_changed(each.form, asked.changed_since)]
    if not found and (not remarks or launch):
        remarks.append(_nothing(bool(wanted), launch))
    return Selection(
        tuple(SelectedForm(each.form, tuple(each.orders), each.for_authorization) for each in found), tuple(remarks)
    )


def _for_all(form: Form, launch: Launch | None, orders: Sequence[DecidedOrder]) -> _Wanted:
    """A form asked for by name documents every order that came with the request, or that of the context."""
    references = [order.reference for order in orders if order.reference]
    needed = [order.authorization_required for order in orders] + ([launch.authorization_needed] if launch else [])
    if not references and launch and launch.order:
        references = [{"reference": launch.order}]
    return _Wanted(form, references, any(needed) if needed else True)


def _demanded(
    wanted: dict[str, _Wanted], launch: Launch | None, orders: Sequence[DecidedOrder], forms: Forms, today: date
) -> list[Issue]:
    """Adds the forms that the context and the orders need; gives the remarks."""
    remarks = []
    if launch:
        reference = {"reference": launch.order} if launch.order else None
        remarks += _add(wanted, launch.forms, reference, launch.authorization_needed, forms, today)
    for order in orders:
        if not order.understood:
            remarks.append(_not_understood(order.place))
        elif not order.forms:
            remarks.append(_no_form(order.place))
        remarks += _add(wanted, order.forms, order.reference, order.authorization_required, forms, today)
    return remarks


def _add(
    wanted: dict[str, _Wanted], canonicals: Iterable[str], order: Json, authorization: bool, forms: Forms, today: date
) -> list[Issue]:
    missing = []
    for canonical in canonicals:
        form = forms.get(canonical) or forms.get(canonical.partition("|")[0])
        if form is None:
            text = "A form that the context asks for is not offered any more; ask again with the order."
            missing.append(Issue("not-found", text, "Parameters.parameter", "warning"))
        elif not _has_ended(form, today):
            each = wanted.setdefault(form.canonical, _Wanted(form))
            each.orders += [order] if order and order not in each.orders else []
            each.for_authorization |= authorization
    return missing


def _one_version(wanted: dict[str, _Wanted]) -> list[Issue]:
    """Leaves the newest version of a form where several would document the same orders; gives the remarks.

    Spec: hl7.fhir.us.davinci-dtr_2.2.0@oper-7
    """
    remarks = []
    newest: dict[tuple[str, str], _Wanted] = {}
    for each in sorted(wanted.values(), key=lambda each: each.form.age):
        same = (each.form.url, str(each.orders))
        if older := newest.get(same):
            del wanted[older.form.canonical]
            text = "Several versions of one form were asked for the same orders; the newest is sent."
            remarks.append(Issue("business-rule", text, "Parameters.parameter", "warning"))
        newest[same] = each
    return remarks


def _has_ended(form: Form, today: date) -> bool:
    end = form.questionnaire.get("effectivePeriod", {}).get("end")
    return end is not None and interval(end).high <= datetime(today.year, today.month, today.day, tzinfo=UTC)


def _has_changed(form: Form, since: datetime | None) -> bool:
    return since is None or form.changed() > since


def _unused(place: str) -> Issue:
    text = f"{place} is no parameter of this operation and was not used."
    return Issue("not-supported", text, place, "warning")


def _not_found(place: str) -> Issue:
    text = f"{place} names a Questionnaire that is not offered here; check its url and version."
    return Issue("not-found", text, place, "warning")


def _not_understood(place: str) -> Issue:
    text = f"{place} has no code of a service, or is of a type that forms are not chosen by; name a questionnaire."
    return Issue("not-supported", text, place, "warning")


def _no_form(place: str) -> Issue:
    return Issue("informational", f"No form is needed for the order at {place}.", place, "information")


def _nothing(unchanged: bool, launch: Launch | None) -> Issue:
    if unchanged:
        text = "No form that was asked for has changed since the instant of changedsince."
    elif launch and launch.documentation_needed:
        text = (
            "The documentation that was asked for is not collected by a form of this server. "
            "Send the clinical notes with the authorization request."
        )
    else:
        text = "No documentation is needed by form for what was asked."
    return Issue("informational", text, None, "information")
