"""What a Subscription filters on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.notification.filters import FilterRefused, fits, read_criteria


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-58")
@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("org-identifier=1", (("1",),)),
        ("orgIdentifier=1,2", (("1", "2"),)),
        ("identifier=http://x%7C1", (("http://x|1",),)),
        ("ClaimResponse?org-identifier=1", (("1",),)),
        ("org-identifier=1,2&identifier=3", (("1", "2"), ("3",))),
        ("org-identifier=a=b", (("a=b",),)),
    ],
)
def test_filters_are_read_in_every_spelling_of_the_guides(text: str, conditions: tuple[tuple[str, ...], ...]) -> None:
    assert read_criteria(text) == conditions


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@63")
@pytest.mark.parametrize(
    "text",
    ["", "patient=1", "org-identifier", "org-identifier=", "org-identifier=1,", "Patient?org-identifier=1"]
    + ["org-identifier=1&patient=2", "org-identifier:in=1"],
)
def test_a_filter_that_the_topic_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(FilterRefused):
        read_criteria(text)


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@95")
@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1), max_size=3), st.sets(st.sampled_from("abcd")))
def test_each_condition_must_name_one_of_what_a_result_is_addressed_to(
    filters: list[list[str]], addressed: set[str]
) -> None:
    fitting = fits(filters, addressed)

    assert fitting == (not [condition for condition in filters if addressed.isdisjoint(condition)])


@pytest.mark.parametrize("text", ["Encounter.patient=Patient/123", "Patient?identifier=1"])
def test_a_filter_on_a_type_that_no_event_is_about_restricts_nothing_where_such_are_taken(text: str) -> None:
    assert read_criteria(text, other_types=True) == ()
    with pytest.raises(FilterRefused):
        read_criteria(text)


def test_an_unknown_filter_of_the_topic_s_own_type_is_refused_everywhere() -> None:
    with pytest.raises(FilterRefused):
        read_criteria("ClaimResponse.patient=Patient/123", other_types=True)


@pytest.mark.parametrize("text", ["Encounter.patient=Patient/123", "Patient?name=x", "Encounter.patient"])
def test_a_filter_on_another_type_narrows_nothing_where_such_are_taken(text: str) -> None:
    assert read_criteria(text, other_types=True) == ()
    with pytest.raises(FilterRefused):
        read_criteria(text)


@pytest.mark.parametrize("text", ["patient=1", "ClaimResponse?patient=1", "encounter.patient=1"])
def test_a_filter_on_the_topics_type_must_be_one_of_the_topic(text: str) -> None:
    with pytest.raises(FilterRefused):
        read_criteria(text, other_types=True)
