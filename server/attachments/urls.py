"""The canonicals of CDex that attachments are sent by.

Spec page: https://hl7.org/fhir/us/davinci-cdex/attachments.html
"""

SUBMIT_ATTACHMENT = "http://hl7.org/fhir/us/davinci-cdex/OperationDefinition/submit-attachment"
"""The operation."""

PARAMETERS = "http://hl7.org/fhir/us/davinci-cdex/StructureDefinition/cdex-parameters-submit-attachment"
"""The profile of what it takes."""

ITEM_TRACE_NUMBER = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-itemTraceNumber"
"""The number by which a Claim.item and what belongs to it find one another."""
