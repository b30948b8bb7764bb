"""What `htmlChecks()` asks of a narrative: XHTML with the elements and attributes that FHIR allows, and some content.

Spec page: https://hl7.org/fhir/R4/narrative.html
"""

import re
from xml.parsers import expat

_ELEMENTS = frozenset({
    "a", "abbr", "acronym", "address", "b", "big", "blockquote", "br", "caption", "cite", "code", "col", "colgroup",
    "dd", "del", "dfn", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd",
    "li", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var",
})  # fmt: skip
_ANYWHERE = frozenset({"title", "style", "class", "id", "lang", "xml:lang", "dir", "accesskey", "tabindex"})
_CELL = "abbr axis headers scope rowspan colspan align char charoff valign"
_ROW = "align char charoff valign"
_ATTRIBUTES = {
    "a": "href name rel rev charset coords hreflang shape type target",
    "blockquote": "cite",
    "col": f"span width {_ROW}",
    "colgroup": f"span width {_ROW}",
    "del": "cite datetime",
    "div": "xmlns",
    "img": "src alt height width longdesc usemap ismap",
    "ins": "cite datetime",
    "li": "value type",
    "ol": "start type",
    "q": "cite",
    "table": "summary width border frame rules cellspacing cellpadding",
    "tbody": _ROW,
    "td": _CELL,
    "tfoot": _ROW,
    "th": _CELL,
    "thead": _ROW,
    "tr": _ROW,
    "ul": "type",
}
_ALLOWED = {name: frozenset(names.split()) for name, names in _ATTRIBUTES.items()}
_XHTML = "http://www.w3.org/1999/xhtml"
_ENTITY = re.compile(r"&(?!amp;|lt;|gt;|quot;|apos;|#)([A-Za-z][A-Za-z0-9]*);")


class _NotAllowed(Exception):
    pass


def is_narrative(text: str) -> bool:
    """Whether it is one XHTML `div` with nothing but what FHIR allows, and with text or an image in it.

    A document type, processing instruction or entity definition is refused before it is read.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text or "<?" in text:
        return False
    parser = expat.ParserCreate()
    reading = _Reading()
    parser.StartElementHandler = reading.start
    parser.CharacterDataHandler = reading.text
    try:
        parser.Parse(_ENTITY.sub(" x ", text).encode("utf-8", "replace"), True)
    except (expat.ExpatError, _NotAllowed):
        return False
    return reading.content


class _Reading:
    def __init__(self) -> None:
        self.content = False
        self.first = True

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name not in _ELEMENTS or (self.first and (name != "div" or attributes.get("xmlns", _XHTML) != _XHTML)):
            raise _NotAllowed
        if not attributes.keys() <= _ANYWHERE | _ALLOWED.get(name, frozenset()):
            raise _NotAllowed
        self.first = False
        self.content = self.content or name == "img"

    def text(self, characters: str) -> None:
        self.content = self.content or not characters.isspace()
