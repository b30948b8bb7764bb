"""The one topic that there is: a result of a pended request for authorization is available.

Spec page: https://hl7.org/fhir/us/davinci-pas/STU2.2/Basic-PASSubscriptionTopic.html
"""

TOPIC = "http://hl7.org/fhir/us/davinci-pas/SubscriptionTopic/PASSubscriptionTopic"
