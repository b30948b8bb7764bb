"""The narrative of a resource: one div of XHTML with basic formatting, and nothing that could act.

Spec page: https://hl7.org/fhir/R4/narrative.html#xhtml
"""

import re
from html.entities import html5
from xml.etree import ElementTree

from server.fhir.json import Json

_NAMESPACE = "{http://www.w3.org/1999/xhtml}"
_ELEMENT_NAMES = (
    "a abbr acronym address area article b bdo big blockquote br caption center cite code col colgroup dd "
    "del dfn div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins kbd li map nav ol p pre q s samp section "
    "small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var "
)
_ATTRIBUTE_NAMES = (
    "abbr accesskey align alt axis bgcolor border cellpadding cellspacing char charoff charset cite class "
    "clear color colspan compact coords datetime dir face frame headers height href hreflang hspace id "
    "ismap lang longdesc name noshade nowrap rel rev rowspan rules scope shape size span src start style "
    "summary tabindex target title type usemap valign value vspace width "
    "{http://www.w3.org/XML/1998/namespace}lang {http://www.w3.org/XML/1998/namespace}space "
)
_ELEMENTS = frozenset(_NAMESPACE + name for name in _ELEMENT_NAMES.split())
_ATTRIBUTES = frozenset(_ATTRIBUTE_NAMES.split())
_PARAGRAPH = _NAMESPACE + "p"
_BLOCKS = frozenset(_NAMESPACE + name for name in ("div", "blockquote", "table", "ol", "ul", "p"))
"""Elements that may not stand in a paragraph."""
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_XML_ENTITIES = frozenset(("amp", "lt", "gt", "quot", "apos"))
_DECLARATION = re.compile(r"<!(?!--)|<\?")


def is_narrative(value: Json) -> bool:
    """Whether the text is a narrative's div. Says nothing of where its links lead."""
    if type(value) is not str or not value.lstrip().startswith("<div") or _DECLARATION.search(value):
        return False
    try:
        top = ElementTree.fromstring(_ENTITY.sub(_character, value))
    except ElementTree.ParseError:
        return False
    return top.tag == _NAMESPACE + "div" and _has_content(top) and _is_formatting(top)


def _character(found: re.Match[str]) -> str:
    """An entity of HTML as its character: XML knows five of them only."""
    name = found[1]
    return found[0] if name in _XML_ENTITIES else html5.get(name + ";", found[0])


def _has_content(top: ElementTree.Element) -> bool:
    return any(part.tag == _NAMESPACE + "img" for part in top.iter()) or any(text.strip() for text in top.itertext())


def _is_formatting(top: ElementTree.Element) -> bool:
    for part in top.iter():
        if part.tag not in _ELEMENTS or (part.tag == _PARAGRAPH and any(below.tag in _BLOCKS for below in part)):
            return False
        attributes = part.attrib
        if attributes and not (_ATTRIBUTES.issuperset(attributes) and _is_safe(attributes.get("href", ""))):
            return False
    return True


def _is_safe(link: str) -> bool:
    written = link.lower()
    return "javascript:" not in written and "vbscript:" not in written
