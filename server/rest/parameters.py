"""The search parameters of each resource type: what is declared here is what is evaluated and what metadata shows.

Spec page: https://hl7.org/fhir/R4/searchparameter-registry.html
"""

from dataclasses import replace

from server.cases.parties import PARTIES
from server.web.declare import SearchParameter

ID = SearchParameter("_id", "token", "Logical id on this server; several after commas.")

_IDENTIFIER = SearchParameter("identifier", "token", "Business identifier: value, system|value, system| or |value.")
_STATUS = SearchParameter("status", "token", "Status code, compared exactly.")
_USE = SearchParameter("use", "token", "preauthorization.", "http://hl7.org/fhir/claim-use")
_PATIENT = SearchParameter(
    "patient",
    "reference",
    "The Patient as the submission refers to it: its id, Patient/id or the absolute URL; the modifier :identifier.",
)
_CREATED = SearchParameter("created", "date", "Day or instant of creation; all prefixes.")


def _status(system: str) -> SearchParameter:
    return replace(_STATUS, system=f"http://hl7.org/fhir/{system}")


STORED: dict[str, tuple[SearchParameter, ...]] = {
    "Claim": (ID, _IDENTIFIER, _PATIENT, _status("fm-status"), _USE, _CREATED),
    "ClaimResponse": (
        ID,
        _IDENTIFIER,
        _PATIENT,
        _status("fm-status"),
        _USE,
        SearchParameter(
            "outcome", "token", "queued, complete, error or partial.", "http://hl7.org/fhir/remittance-outcome"
        ),
        SearchParameter("request", "reference", "The Claim that is answered: its id, Claim/id or the absolute URL."),
        _CREATED,
    ),
    "Bundle": (
        ID,
        _IDENTIFIER,
        SearchParameter("type", "token", "collection.", "http://hl7.org/fhir/bundle-type"),
        SearchParameter("timestamp", "date", "Day or instant of the answer; all prefixes."),
    ),
    "CommunicationRequest": (
        ID,
        _IDENTIFIER,
        _PATIENT,
        _status("request-status"),
        SearchParameter("authored", "date", "Day or instant of the request for information; all prefixes."),
    ),
    "Task": (
        ID,
        _IDENTIFIER,
        _PATIENT,
        _status("task-status"),
        SearchParameter("code", "token", "attachment-request-code or attachment-request-questionnaire."),
        SearchParameter("authored-on", "date", "Day or instant of the request for information; all prefixes."),
    ),
    "QuestionnaireResponse": (
        ID,
        _IDENTIFIER,
        _PATIENT,
        _status("questionnaire-answers-status"),
        SearchParameter("questionnaire", "reference", "Canonical of the Questionnaire, with or without |version."),
        SearchParameter("authored", "date", "Day or instant of authoring; all prefixes."),
    ),
    "DocumentReference": (
        ID,
        _IDENTIFIER,
        _PATIENT,
        _status("document-reference-status"),
        SearchParameter("type", "token", "Kind of document, such as a LOINC code."),
        SearchParameter("date", "date", "Day or instant at which the reference was made; all prefixes."),
    ),
}
"""Of what submissions brought and what was answered. Each type has at most one date parameter: a store keeps one."""

BROUGHT: dict[str, tuple[SearchParameter, ...]] = {
    **{type: (ID, _IDENTIFIER) for type in ("Patient", *PARTIES)},
    **{
        type: (ID,)
        for type in (
            "Condition",
            "Device",
            "DeviceRequest",
            "DiagnosticReport",
            "Encounter",
            "Location",
            "Medication",
            "MedicationRequest",
            "NutritionOrder",
            "Observation",
            "Procedure",
            "RelatedPerson",
            "ServiceRequest",
        )
    },
}
"""Of what Claims brought in their Bundles: what Claims and answers refer to."""

CONTENT: dict[str, tuple[SearchParameter, ...]] = {
    type: (
        ID,
        _IDENTIFIER,
        _STATUS,
        SearchParameter("url", "uri", "Canonical URL, with or without |version."),
        SearchParameter("version", "token", "Business version, compared exactly."),
        SearchParameter("name", "string", "Start of the computer-friendly name; case and accents do not matter."),
        SearchParameter("title", "string", "Start of the title; case and accents do not matter."),
        SearchParameter("date", "date", "Day or instant of the last change; all prefixes."),
    )
    for type in ("Questionnaire", "Library", "ValueSet")
}
"""Of the forms that are in force."""
