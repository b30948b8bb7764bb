"""The narrative of a resource: one div of XHTML with basic formatting, and nothing that could act.

Spec page: https://hl7.org/fhir/R4/narrative.html#xhtml
"""

import re
from html.entities import html5
from xml.etree import ElementTree

from server.fhir.json import Json

_NAMESPACE = "{http://www.w3.org/1999/xhtml}"
_ELEMENTS = frozenset(
    "a abbr acronym b big blockquote br caption cite code col colgroup dd del dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i img "
    "ins li ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt ul var kbd address map area "
    "s u strike center font nav section article bdo".split()
)
_ATTRIBUTES = frozenset(
    "title style class id lang dir accesskey tabindex span width align valign char charoff abbr axis headers scope "
    "rowspan colspan href name rel rev target type hreflang charset coords shape src alt longdesc height usemap ismap "
    "cite datetime border cellpadding cellspacing summary frame rules compact start value nowrap bgcolor color size face "
    "clear noshade hspace vspace "
    "{http://www.w3.org/XML/1998/namespace}lang {http://www.w3.org/XML/1998/namespace}space".split()
)
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
    return top.tag == _NAMESPACE + "div" and _has_content(top) and all(_may_stand(part) for part in top.iter())


def _character(found: re.Match[str]) -> str:
    """An entity of HTML as its character: XML knows five of them only."""
    name = found[1]
    return found[0] if name in _XML_ENTITIES else html5.get(name + ";", found[0])


def _has_content(top: ElementTree.Element) -> bool:
    return any(part.tag == _NAMESPACE + "img" for part in top.iter()) or any(text.strip() for text in top.itertext())


def _may_stand(part: ElementTree.Element) -> bool:
    tag = part.tag
    if not tag.startswith(_NAMESPACE) or tag[len(_NAMESPACE) :] not in _ELEMENTS:
        return False
    return all(name in _ATTRIBUTES for name in part.attrib) and "javascript:" not in part.get("href", "").lower()
