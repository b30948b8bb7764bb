"""Units of UCUM as exact factors over base units, so that 4 g equals 4000 mg and never equals 4 m.

A unit that is not in the table below compares with itself only. Temperatures on a scale (Cel, [degF]) and logarithms
have no factor, so they too are left out.
Spec page: https://ucum.org/ucum
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

CALENDAR = {
    word: unit
    for unit in ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")
    for word in (unit, unit + "s")
}
"""The words for calendar durations, and their singular."""

UCUM_OF_CALENDAR = {"week": "wk", "day": "d", "hour": "h", "minute": "min", "second": "s", "millisecond": "ms"}
"""Calendar durations that are always as long as the UCUM unit. A year and a month are not."""

_PREFIXES = {
    "Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1,
    "d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18, "z": -21, "y": -24,
}  # fmt: skip
_METRIC = {
    "m": "m", "g": "g", "s": "s", "rad": "rad", "K": "K", "C": "C", "cd": "cd", "mol": "mol", "eq": "mol",
    "osm": "mol", "[IU]": "[IU]", "[iU]": "[IU]", "Hz": "s-1", "N": "kg.m.s-2", "Pa": "N.m-2", "J": "N.m",
    "W": "J.s-1", "A": "C.s-1", "V": "J.C-1", "F": "C.V-1", "Ohm": "V.A-1", "S": "Ohm-1", "Wb": "V.s", "T": "Wb.m-2",
    "H": "Wb.A-1", "lm": "cd.sr", "sr": "rad2", "lx": "lm.m-2", "Bq": "s-1", "Gy": "J.kg-1", "Sv": "J.kg-1",
    "L": "1000 cm3", "l": "L", "t": "1000 kg", "bar": "100000 Pa", "u": "1.66053906660e-24 g",
    "eV": "1.602176634e-19 J", "cal": "4.184 J", "kat": "mol.s-1", "U": "1/60 umol.s-1", "m[Hg]": "133322 Pa",
    "m[H2O]": "9806.65 Pa", "dyn": "g.cm.s-2", "erg": "dyn.cm", "P": "dyn.s.cm-2", "[pH]": "[pH]", "Np": "Np",
    "B": "B", "bit": "bit", "By": "8 bit", "ar": "100 m2", "st": "m3", "Ci": "37000000000 Bq",
}  # fmt: skip
_PLAIN = {
    "%": "1/100 1", "[ppth]": "1/1000 1", "[ppm]": "1/1000000 1", "[ppb]": "1/1000000000 1", "10*": "10 1",
    "10^": "10 1", "[pi]": "3.1415926535897932384626433832795 1", "deg": "0.017453292519943295769 rad", "min": "60 s",
    "h": "60 min", "d": "24 h", "wk": "7 d", "mo": "30.4375 d", "a": "365.25 d", "mo_j": "30.4375 d",
    "a_j": "365.25 d", "mo_g": "30.436875 d", "[in_i]": "2.54 cm", "[ft_i]": "12 [in_i]", "[yd_i]": "3 [ft_i]",
    "[mi_i]": "5280 [ft_i]", "[nmi_i]": "1852 m", "[lb_av]": "453.59237 g", "[oz_av]": "1/16 [lb_av]",
    "[gr]": "64.79891 mg", "[stone_av]": "14 [lb_av]", "[gal_us]": "3.785411784 L", "[qt_us]": "1/4 [gal_us]",
    "[pt_us]": "1/2 [qt_us]", "[cup_us]": "1/2 [pt_us]", "[foz_us]": "1/128 [gal_us]", "[tbs_us]": "1/2 [foz_us]",
    "[tsp_us]": "1/3 [tbs_us]", "[drp]": "1/20 mL", "[Cal]": "1000 cal", "[diop]": "m-1",
    "[psi]": "6894.757293168 Pa", "atm": "101325 Pa", "[arb'U]": "[arb'U]", "[CFU]": "[CFU]", "[HPF]": "1",
    "[LPF]": "100 1", "[degR]": "5/9 K", "[mesh_i]": "[in_i]-1", "[Ch]": "1/3 mm",
}  # fmt: skip
_BASE = frozenset({"m", "g", "s", "rad", "K", "C", "cd", "mol", "[IU]", "[pH]", "Np", "B", "bit", "[arb'U]", "[CFU]"})

_TOKEN = re.compile(
    r"(?P<open>\()|(?P<close>\))|(?P<op>[./])|(?P<note>\{[^{}]*\})|(?P<atom>(?:\[[^\[\]]*\]|[^\s./(){}\[\]])+)"
)
_EXPONENT = re.compile(r"(?P<name>.*?[^+\-0-9]|10[*^]|)(?P<power>[+-]?[0-9]+)?")

Dimensions = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as a factor over base units with their powers."""

    factor: Fraction
    dimensions: Dimensions

    def times(self, other: "Unit", power: int = 1) -> "Unit":
        """The product with a power of another unit."""
        powers = dict(self.dimensions)
        for base, count in other.dimensions:
            powers[base] = powers.get(base, 0) + count * power
        kept = tuple(sorted((base, count) for base, count in powers.items() if count))
        return Unit(self.factor * other.factor**power, kept)


_ONE = Unit(Fraction(1), ())
_MAX_POWER = 30
_MAX_LENGTH = 200


@lru_cache(maxsize=1024)
def unit(code: str) -> Unit | None:
    """A unit by its UCUM code; None for one that is not known or not written as UCUM."""
    if len(code) > _MAX_LENGTH:
        return None
    tokens = [(str(found.lastgroup), found.group()) for found in _TOKEN.finditer(code)]
    if "".join(text for _, text in tokens) != code or not code:
        return None
    found, rest = _term(tokens, 0)
    return found if rest == len(tokens) else None


def _term(tokens: list[tuple[str, str]], at: int) -> tuple[Unit | None, int]:
    """A product from a position on; and where it ends. None when it is not one."""
    total, power = _ONE, 1
    if at < len(tokens) and tokens[at] == ("op", "/"):
        power, at = -1, at + 1
    while True:
        part, at = _component(tokens, at)
        if part is None:
            return None, at
        total = total.times(part, power)
        if at >= len(tokens) or tokens[at][0] != "op":
            return total, at
        power, at = (-1 if tokens[at][1] == "/" else 1), at + 1


def _component(tokens: list[tuple[str, str]], at: int) -> tuple[Unit | None, int]:
    if at >= len(tokens):
        return None, at
    kind, text = tokens[at]
    if kind == "open":
        inner, at = _term(tokens, at + 1)
        closed = at < len(tokens) and tokens[at][0] == "close"
        return (inner if closed else None), at + 1
    if kind == "note":
        return _ONE, at + 1
    if kind != "atom":
        return None, at
    at += 1
    if at < len(tokens) and tokens[at][0] == "note":
        at += 1
    return _simple(text), at


def _simple(text: str) -> Unit | None:
    """An atom with its exponent, or a whole number."""
    if text.isdecimal() and text.isascii():
        return Unit(Fraction(int(text)), ()) if int(text) else None
    found = _EXPONENT.fullmatch(text)
    if not found:
        return None
    power = int(found["power"] or 1)
    atom = _atom(found["name"])
    if atom is None or abs(power) > _MAX_POWER:
        return None
    return _ONE.times(atom, power)


@lru_cache(maxsize=512)
def _atom(name: str) -> Unit | None:
    if name in _BASE:
        return Unit(Fraction(1), ((name, 1),))
    definition = _METRIC.get(name) or _PLAIN.get(name)
    if definition:
        return _defined(definition)
    for length in (2, 1):
        power = _PREFIXES.get(name[:length])
        if power is not None and name[length:] in _METRIC:
            metric = _atom(name[length:])
            return metric and Unit(Fraction(10) ** power * metric.factor, metric.dimensions)
    return None


def _defined(definition: str) -> Unit | None:
    number, _, code = definition.rpartition(" ")
    found = unit(code)
    return found and Unit(Fraction(number or 1) * found.factor, found.dimensions)
