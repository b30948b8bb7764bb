"""Names of the PAS guide that a record of a call is read from.

Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-PASMetricData.html
"""

_EXTENSION = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-"

METRIC_DATA = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/PASMetricData"
"""The logical model of a record."""

CERTIFICATION_TYPE = f"{_EXTENSION}certificationType"
REVIEW_ACTION = f"{_EXTENSION}reviewAction"
REVIEW_ACTION_CODE = f"{_EXTENSION}reviewActionCode"
ERROR_PATH = f"{_EXTENSION}errorPath"
NPI = "http://hl7.org/fhir/sid/us-npi"
