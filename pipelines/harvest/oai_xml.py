"""XML of repositories: safely read, and mended where characters are wrong."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from pipelines.harvest.fetching import HarvestError, Trouble

Element: TypeAlias = Any
"""An element of lxml, which has no type stubs."""

_DOCTYPE = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.I)
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']", re.I)
_CONTROL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&(?:#(?P<ten>\d{1,8})|#[xX](?P<hex>[0-9a-fA-F]{1,7})|(?P<name>[A-Za-z][A-Za-z0-9]{1,30}));|&")
_WEB_PAGE = re.compile(r"<!doctype\s+html|<html[\s>]", re.I)
_WHOLE = re.compile(r"</(?:[\w.-]+:)?OAI-PMH\s*>\s*$")
_OWN_NAMES = frozenset({"amp", "lt", "gt", "quot", "apos"})


def parse_xml(content: bytes, service: str) -> Element:
    """Root element of an answer.

    Characters that XML does not have, entities of HTML and single ``&`` stand in many titles: where the XML is broken,
    they are mended. Where it is still broken then, what can be read is, and the root has an attribute ``mended``; but
    not where an answer breaks off or its token got lost, since then a list would seem to end there.

    Raises
    ------
    HarvestError
        ``unfit``: no XML, or with a document type, which these answers never have and which attacks need.
    """
    text = _decoded(content)
    if _WEB_PAGE.search(text[:4096]):
        raise HarvestError("harvest.service.web_page", Trouble.UNFIT, service=service)
    if _DOCTYPE.search(text[:4096]):
        raise HarvestError("harvest.service.hostile", Trouble.UNFIT, service=service)
    plain = re.sub(r"^\s*<\?xml.*?\?>", "", text, count=1, flags=re.S).strip()
    for attempt in (plain, _mended(plain), None):
        root = _parse(attempt if attempt is not None else _mended(plain), recover=attempt is None)
        if root is None:
            continue
        if root.getroottree().docinfo.internalDTD is not None:
            raise HarvestError("harvest.service.hostile", Trouble.UNFIT, service=service)
        if attempt is None:
            lost = "resumptionToken>" in plain and next(within(root, "resumptionToken"), None) is None
            if lost or not _WHOLE.search(plain):
                break
            root.set("mended", "1")
        return root
    raise HarvestError("harvest.service.not_xml", Trouble.UNFIT, service=service)


def _parse(text: str, recover: bool) -> Element | None:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
        encoding="utf-8",
    )
    try:
        return etree.fromstring(text.encode("utf-8"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _decoded(content: bytes) -> str:
    """Text of an answer, by the encoding it declares; what does not fit becomes a mark."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    declared = _DECLARED.match(content[:300].removeprefix(b"\xef\xbb\xbf"))
    try:
        return content.decode(declared[1].decode("ascii") if declared else "utf-8-sig", "replace").lstrip("\ufeff")
    except (LookupError, ValueError):  # an encoding that there is not
        return content.decode("utf-8-sig", "replace")


def _mended(text: str) -> str:
    return _REFERENCE.sub(_mended_reference, _CONTROL.sub(" ", text))


def _mended_reference(found: re.Match[str]) -> str:
    name = found["name"]
    if name is not None:
        if name in _OWN_NAMES:
            return found[0]
        known = html.unescape(found[0])
        return known if known != found[0] and not set(known) & set("<>&") else "&amp;" + found[0][1:]
    number = int(found["ten"]) if found["ten"] else int(found["hex"], 16) if found["hex"] else None
    if number is None:
        return "&amp;"
    return found[0] if number <= 0x10FFFF and not _CONTROL.match(chr(number)) else " "


def local_name(element: Element) -> str:
    """Name of an element without its namespace; empty for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element, name: str) -> Iterator[Element]:
    """Elements of that name right below ``element``."""
    return (child for child in element if local_name(child) == name)


def within(element: Element, name: str) -> Iterator[Element]:
    """Elements of that name anywhere below ``element``."""
    return (child for child in element.iter() if local_name(child) == name)


def text_of(element: Element, name: str) -> str:
    """Text of the first child of that name; empty without one."""
    child = next(children(element, name), None)
    return all_text(child) if child is not None else ""


def all_text(element: Element) -> str:
    """Text of an element with all that is in it."""
    return "".join(element.itertext())
