"""Whether a language tag is one of BCP 47: its grammar, and the two-letter codes of languages.

The registry also has thousands of three-letter codes, scripts, regions and variants; those are not looked up. It has no
language of four letters or more.
Spec page: https://www.rfc-editor.org/rfc/rfc5646#section-2.1
"""

import re

_WRITTEN = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es
et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik in io is it iu iw ja ji jv jw
ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng
nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv
sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
LANGUAGES = frozenset(_WRITTEN.split())
"""All codes of two letters, with those that were replaced."""

_TAG = re.compile(
    r"""
    (?P<language>[a-z]{2,3}) (?:-[a-z]{3}){0,3}
    (?:-[a-z]{4})?
    (?:-(?:[a-z]{2}|[0-9]{3}))?
    (?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*
    (?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*
    (?:-x(?:-[a-z0-9]{1,8})+)?
    """,
    re.VERBOSE,
)
_PRIVATE = re.compile(r"[ix](?:-[a-z0-9]{1,8})+")
_IRREGULAR = frozenset({"en-gb-oed", "sgn-be-fr", "sgn-be-nl", "sgn-ch-de"})


def is_language(tag: str) -> bool:
    """Whether a tag is written as BCP 47 says, and its language, if it has two letters, exists."""
    folded = tag.lower()
    found = _TAG.fullmatch(folded)
    if found is None:
        return folded in _IRREGULAR or _PRIVATE.fullmatch(folded) is not None
    return len(found["language"]) > 2 or found["language"] in LANGUAGES
