"""Which addresses notifications may go to."""

import pytest

from server.notification.endpoint import EndpointPolicy

PUBLIC, PRIVATE, ANY = (EndpointPolicy.named(reach) for reach in ("public", "private", "any"))

METADATA = ["http://169.254.169.254/latest", "https://[fd00:ec2::254]/", "https://100.100.100.200/"]


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@11")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@32")
@pytest.mark.parametrize(
    ("url", "allowed_by"),
    [
        ("https://ehr.example.com/hook?x=1", {"public", "private", "any"}),
        ("https://203.0.114.9:8443/hook", {"public", "private", "any"}),
        ("https://[2606:4700::1111]/hook", {"public", "private", "any"}),
        ("http://ehr.example.com/hook", {"any"}),
        ("https://127.0.0.1/hook", {"private", "any"}),
        ("https://localhost./hook", {"private", "any"}),
        ("https://ehr.internal/hook", {"private", "any"}),
        ("https://ehr/hook", {"private", "any"}),
        ("https://10.1.2.3/hook", {"private", "any"}),
        ("https://100.64.0.1/hook", {"private", "any"}),
        ("https://[::1]/hook", {"private", "any"}),
        ("https://[fd12::1]/hook", {"private", "any"}),
        ("https://[::ffff:10.0.0.1]/hook", {"private", "any"}),
        ("https://[2002:7f00:0001::]/hook", {"private", "any"}),
        ("https://[64:ff9b::7f00:1]/hook", {"private", "any"}),
        ("http://127.0.0.1:8080/hook", {"any"}),
        ("https://127.1/hook", set()),
        ("https://0x7f000001/hook", set()),
        ("https://2130706433/hook", set()),
        ("https://0.0.0.0/hook", set()),
        ("https://224.0.0.1/hook", set()),
        ("https://169.254.0.9/hook", set()),
        ("https://[fe80::1]/hook", set()),
        ("https://[::ffff:169.254.169.254]/hook", set()),
        ("https://user:password@ehr.example.com/hook", set()),
        ("https://ehr.example.com/hook#here", set()),
        ("https://ehr.example.com:0/hook", set()),
        ("https://ehr.example.com:99999/hook", set()),
        ("https://ehr.example.com/ho ok", set()),
        ("https://ehr.example.com/\r\nX: 1", set()),
        ("ftp://ehr.example.com/hook", set()),
        ("file:///etc/passwd", set()),
        ("//ehr.example.com/hook", set()),
        ("https:///hook", set()),
        ("https://[::1", set()),
        ("", set()),
        *((url, set()) for url in METADATA),
    ],
)
def test_an_address_is_judged_before_it_is_called(url: str, allowed_by: set[str]) -> None:
    policies = {"public": PUBLIC, "private": PRIVATE, "any": ANY}

    allowed = {name for name, policy in policies.items() if policy.problem_of_url(url) is None}

    assert allowed == allowed_by


def test_a_problem_quotes_nothing_of_the_address() -> None:
    problems = [PUBLIC.problem_of_url(f"{scheme}://SECRET.internal/SECRET") for scheme in ("http", "https", "ftp")]

    assert all(problem and "SECRET" not in problem for problem in problems)


@pytest.mark.parametrize(
    ("address", "allowed_by"),
    [
        ("203.0.114.9", {"public", "private", "any"}),
        ("127.0.0.1", {"private", "any"}),
        ("fe80::1%eth0", set()),
        ("169.254.169.254", set()),
        ("::ffff:192.168.0.1", {"private", "any"}),
    ],
)
def test_what_a_name_resolves_to_is_judged_again(address: str, allowed_by: set[str]) -> None:
    policies = {"public": PUBLIC, "private": PRIVATE, "any": ANY}

    allowed = {name for name, policy in policies.items() if policy.allows_address(address)}

    assert allowed == allowed_by
