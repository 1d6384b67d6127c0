"""What the names, roles and styles of HTML elements say: furniture of the page, hidden parts, notes and their marks."""

from __future__ import annotations

import re

from pipelines.ingest.safe_xml import Element, local_name

FURNITURE_SHARE = 0.5
"""An element with more than this share of the page's text is the page, whatever it is called."""

_ROLES = frozenset(
    {"navigation", "banner", "contentinfo", "search", "dialog", "alertdialog", "menu", "menubar", "toolbar"}
)
# Whole words within class and id names; parts of words would catch "content-menu-free" and the like.
_NAMES = re.compile(
    r"(?:^|[\s_-])(?:cookies?|cookiebar|cookiebanner|consent|gdpr|breadcrumbs?|nav|navbar|navigation|navigatie|mainmenu"
    r"|submenu|topmenu|sidemenu|menu|sidebar|skip-?links?|skip|share|sharing|social|socials|sociallinks|newsletter"
    r"|nieuwsbrief|related|gerelateerd|recommended|comments?|reacties|pagination|pager|toolbar|popup|modal|advert"
    r"|advertisement|ads?|banner|promo|masthead|site-?header|site-?footer|page-?footer|footer|colofon-links|toc-toggle"
    r"|login|searchform|search-form|zoekformulier|print-only|editsection|mw-editsection|noprint|navbox|catlinks|jump)"
    r"(?:$|[\s_-])",
    re.I,
)
_CONTENT_NAMES = frozenset({"body", "main", "article", "html"})
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em|rem|%)?\s*(?:;|$)", re.I
)
# Made so that machines read what people do not: no page needs this for what a click opens.
_CONCEALED_STYLE = re.compile(
    r"(?<![\w-])opacity\s*:\s*0(?:\.0+)?%?\s*(?:;|!|$)|(?<![\w-])color\s*:\s*transparent|font-size\s*:\s*0(?:px|pt|em|rem|%)?\s*(?:;|$)"
    r"|(?:left|right|top|bottom|text-indent|margin-left|margin-top)\s*:\s*-\d{3,}(?:\.\d+)?(?:px|pt|em|rem)"
    r"|clip\s*:\s*rect\(\s*0(?:px)?[\s,]+0(?:px)?[\s,]+0(?:px)?[\s,]+0(?:px)?\s*\)|clip-path\s*:\s*inset\(\s*(?:50|100)%",
    re.I,
)
# Parts that a reader opens with a click: hidden at first, yet part of the text.
_FOLDED = re.compile(r"accordion|collaps|panel|tab|toggle|expand|uitklap|faq", re.I)

_TOOLS = re.compile(
    r"(?:^|\s)(?:mw-editsection|mw-cite-backlink|sr-only|visually-hidden|screen-reader-text|headerlink|anchor-link)"
    r"(?:$|\s)",
    re.I,
)

_NOTE_TYPES = frozenset({"footnote", "endnote", "rearnote", "doc-footnote", "doc-endnote"})
_NOTE_LINK = re.compile(r"#(?:_?(?:ftn|fn|edn|note|footnote|endnote|voetnoot|noot|cite_note|ref|bib)[\w:.-]*)$", re.I)
_NOTE_BACK_LINK = re.compile(r"#(?:_?(?:ftnref|fnref|ednref|noteref|footnote-ref|cite_ref)[\w:.-]*)$", re.I)
_NOTE_TEXT = re.compile(r"\s*[\[(]?(?:\d{1,3}|[a-z]|[ivx]{1,5}|\*{1,3}|[†‡↩︎↑^\ufe0e]+)[\])]?\s*")


def is_hidden(element: Element) -> bool:
    """Whether a reader of the page does not see the element at any time."""
    if is_concealed(element):
        return True
    if element.get("hidden") is None and not _HIDDEN_STYLE.search(element.get("style", "")):
        return False
    named = f"{element.get('class', '')} {element.get('id', '')} {element.get('role', '')}"
    return not (_FOLDED.search(named) or element.get("aria-labelledby") is not None)


def is_concealed(element: Element) -> bool:
    """Whether an element is styled so that it is there for programs and not for eyes."""
    return _CONCEALED_STYLE.search(element.get("style", "")) is not None


def is_furniture(element: Element) -> bool:
    """Whether an element is by its tag, role or name a menu, cookie notice, page footer or the like."""
    name = local_name(element).lower()
    if name in _CONTENT_NAMES:
        return False
    inside = any(local_name(e) in ("article", "main") for e in element.iterancestors())
    if name == "div" and element.get("title") in ("header", "footer"):
        return True  # As word processors write page headers.
    if name == "nav" or (name in ("footer", "aside", "header") and not inside) or name == "dialog":
        return name != "header" or any(local_name(e) in ("nav", "ul") for e in element.iterdescendants())
    if element.get("role") in _ROLES:
        return True
    if name in ("h1", "p", "td", "th", "tr", "tbody"):
        return False
    return _NAMES.search(f"{element.get('class', '')} {element.get('id', '')}") is not None


def is_page_tool(element: Element) -> bool:
    """Whether an inline element is a tool of the page or a text for screen readers only ("edit")."""
    return _TOOLS.search(element.get("class", "")) is not None


def is_note(element: Element) -> bool:
    """Whether an element holds a footnote or endnote."""
    if {element.get("role", ""), *_types(element)} & _NOTE_TYPES:
        return True
    identity = element.get("id", "")
    if local_name(element) == "div":  # As word processors write pages.
        return re.match(r"sd(?:foot|end)note\d|(?:ftn|edn)\d", identity) is not None
    if local_name(element) != "li":
        return False
    return re.match(r"_?(?:fn|ftn|footnote|endnote|edn|voetnoot|noot)[-:_]?\d", identity, re.I) is not None


def is_note_mark(element: Element) -> bool:
    """Whether an inline element is only the mark that points at a note, or the arrow that points back."""
    name = local_name(element)
    if name not in ("a", "sup", "span"):
        return False
    text = "".join(t for t in element.itertext() if isinstance(t, str))
    if len(text) > 8 or not _NOTE_TEXT.fullmatch(text):
        return False
    if {"noteref", "doc-noteref", "doc-backlink"} & {element.get("role", ""), *_types(element)}:
        return True
    if re.match(r"sd(?:foot|end)note(?:anc|sym)", element.get("class", "")):
        return True
    links = [element] if name == "a" else list(element.iter("a"))
    return any(_NOTE_LINK.search(a.get("href", "")) or _NOTE_BACK_LINK.search(a.get("href", "")) for a in links)


def _types(element: Element) -> list[str]:
    value: str = element.get("{http://www.idpf.org/2007/ops}type") or element.get("epub:type") or ""
    return value.split()
