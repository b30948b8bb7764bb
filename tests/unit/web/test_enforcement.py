"""The setting that says how strictly profiles are held: what it may say, and what it means for whom."""

import pytest

from server.errors import SettingRefused
from server.web.enforcement import HOOKS, Enforcement, read_enforcement


@pytest.mark.parametrize(
    ("text", "submit", "sign", "rest"),
    [
        ("", "enforce", "enforce", "enforce"),
        ("report", "report", "report", "report"),
        ("*=off", "off", "off", "off"),
        ("enforce,Claim/$submit=report", "report", "enforce", "enforce"),
        ("Claim/$submit=off, order-sign = report , *=enforce", "off", "report", "enforce"),
        ("cds-services=report", "enforce", "report", "enforce"),
        ("cds-services=off,order-sign=enforce", "enforce", "enforce", "enforce"),
    ],
)
def test_each_is_as_strict_as_its_most_particular_name_says(text: str, submit: str, sign: str, rest: str) -> None:
    enforcement = read_enforcement(text)

    found = (enforcement.of("Claim/$submit"), enforcement.of("order-sign", HOOKS), enforcement.of("Patient/create"))
    assert found == (submit, sign, rest)


@pytest.mark.parametrize("text", ["strict", "Claim/$submit", "Claim/$submit=", "=", "enforce;report", "a=b=c"])
def test_another_word_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="use enforce, report or off"):
        read_enforcement(text)


def test_a_name_that_is_not_served_is_refused_with_those_that_are() -> None:
    enforcement = Enforcement(named={"Claim/$sumbit": "report"})

    with pytest.raises(SettingRefused) as refused:
        enforcement.check(["order-sign", "Claim/$submit"])

    assert str(refused.value).endswith("there are Claim/$submit, order-sign.")


def test_names_that_are_served_are_taken() -> None:
    Enforcement(named={"Claim/$submit": "report"}).check(["order-sign", "Claim/$submit"])
