"""Writes a written source as a saved web page, with menu, cookie banner and footer, or as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import yaml

from pipelines.examples.written import Part, Written, inline, plain

_FURNITURE = {
    "nl": {
        "skip": "Naar de inhoud",
        "menu": ("Nieuws", "Dossiers", "Cao en overleg", "Achtergrond", "Agenda", "Over ons"),
        "cookies": "Deze site gebruikt cookies om bezoek te tellen en filmpjes te tonen. U kunt uw keuze wijzigen.",
        "accept": ("Alles accepteren", "Alleen noodzakelijk", "Instellingen"),
        "search": "Zoeken",
        "share": "Deel dit artikel",
        "related": "Lees ook",
        "links": ("Vijf vragen over instemmingsrecht", "Agenda: themadag roosteren", "Wat staat er in uw cao?"),
        "letter": "Elke vrijdag het laatste nieuws over overleg op het werk in uw mailbox? Meld u aan.",
        "sign_up": "Aanmelden",
        "foot": ("Privacy", "Toegankelijkheid", "Contact", "Adverteren"),
    },
    "en": {
        "skip": "Skip to content",
        "menu": ("Research", "Data", "News", "Events", "About", "Press room"),
        "cookies": "We use cookies to measure visits and to improve this website. You can change your choice.",
        "accept": ("Accept all", "Reject all", "Preferences"),
        "search": "Search",
        "share": "Share this page",
        "related": "More from the press room",
        "links": ("Field work for the next wave has begun", "Open vacancies", "Seminar series: programme"),
        "letter": "Receive our press releases by e-mail.",
        "sign_up": "Subscribe",
        "foot": ("Privacy statement", "Accessibility", "Contact", "Sitemap"),
    },
}


def write_html(written: Written) -> bytes:
    """Write one web page as a browser would save it."""
    front = written.front
    words = _FURNITURE[front["language"]]
    moment, byline = escape(front["place_and_date"]), escape(front["authors"])

    def links(names: tuple[str, ...]) -> str:
        return "".join(f'<li><a href="#">{escape(name)}</a></li>' for name in names)

    article = "\n".join(_html_parts(written))
    page = f"""<!DOCTYPE html>
<html lang="{front["language"]}">
<head>
<meta charset="utf-8">
<title>{escape(front["title"])} | {escape(front["running_publisher"])}</title>
<meta name="author" content="{escape(front["authors"])}">
<meta property="og:title" content="{escape(front["title"])}">
<meta property="og:site_name" content="{escape(front["publisher"])}">
<meta property="article:published_time" content="{front["date"]}T09:00:00+01:00">
<link rel="canonical" href="{front["url"]}">
<style>
body {{ font-family: Georgia, serif; margin: 0; color: #1f2a44; }}
main {{ max-width: 42rem; margin: 0 auto; padding: 1rem; line-height: 1.5; }}
nav ul, footer ul, .share ul {{ display: flex; gap: 1rem; list-style: none; }}
.cookies {{ position: fixed; bottom: 0; background: #e9edf4; padding: 1rem; }}
table {{ border-collapse: collapse; }} td, th {{ border: 1px solid #8a93a6; padding: .3rem; }}
</style>
<script>window.dataLayer = window.dataLayer || [];</script>
</head>
<body>
<a class="skip" href="#content">{words["skip"]}</a>
<div class="cookies" id="cookie-banner" role="dialog"><p>{words["cookies"]}</p>
{"".join(f"<button>{name}</button>" for name in words["accept"])}</div>
<header><p class="site">{escape(front["publisher"])}</p>
<nav aria-label="menu"><ul>{links(tuple(words["menu"]))}</ul></nav>
<form role="search"><input type="search" placeholder="{words["search"]}"><button>{words["search"]}</button></form>
</header>
<main id="content"><article>
<h1>{escape(front["title"])}</h1>
<p class="meta"><time datetime="{front["date"]}">{moment}</time> · {byline}</p>
<p class="lead"><strong>{escape(front["subtitle"])}</strong></p>
{article}
</article>
<div class="share"><p>{words["share"]}</p><ul>{links(("E-mail", "LinkedIn", "WhatsApp", "Print"))}</ul></div>
<aside class="related"><h2>{words["related"]}</h2><ul>{links(tuple(words["links"]))}</ul></aside>
<section class="newsletter"><p>{words["letter"]}</p><button>{words["sign_up"]}</button></section>
</main>
<footer><ul>{links(tuple(words["foot"]))}</ul><p>{escape(front["foot_line"])}</p></footer>
</body>
</html>
"""
    return page.encode()


def _html_runs(text: str) -> str:
    out: list[str] = []
    for run in inline(text):
        words = escape(run.text)
        out.append(f"<strong>{words}</strong>" if run.bold else f"<em>{words}</em>" if run.italic else words)
    return "".join(out)


def _html_parts(written: Written) -> Iterator[str]:
    items: list[str] = []
    for part in (*written.parts, Part("paragraph")):
        if part.kind == "item":
            items.append(f"<li>{_html_runs(part.text)}</li>")
            continue
        if items:
            yield "<ul>" + "".join(items) + "</ul>"
            items = []
        if part.text or part.parts:
            yield _html_part(part)


def _html_part(part: Part) -> str:
    content = _html_runs(part.text)
    if part.kind == "heading":
        return f"<h{part.level + 1}>{content}</h{part.level + 1}>"
    if part.kind == "paragraph":
        return f"<p>{content}</p>"
    if part.kind in ("table", "figure"):
        rows = "".join(
            "<tr>"
            + "".join(f"<{'th' if n == 0 else 'td'}>{_html_runs(cell)}</{'th' if n == 0 else 'td'}>" for cell in row)
            + "</tr>"
            for n, row in enumerate(part.rows)
        )
        return f"<table><caption>{content}</caption>{rows}</table>"
    inner = "".join(f"<p>{_html_runs(piece.text)}</p>" for piece in part.parts)
    return f'<section class="{part.kind}"><h2>{content}</h2>{inner}</section>'


def _html_row(cells: tuple[str, ...], element: str) -> str:
    return "<tr>" + "".join(f"<{element}>{_html_runs(cell)}</{element}>" for cell in cells) + "</tr>"


def write_markdown(written: Written) -> bytes:
    """Write one Markdown file, with the front matter that web editors keep above their articles."""
    front = written.front
    kept = {key: front[key] for key in ("title", "publisher", "authors", "date")}
    head = yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, width=1000).strip()
    pieces = [
        f"---\n{head}\n---",
        f"# {front['title']}",
        f"{front['publisher']} — {front['place_and_date']}",
        f"**{front['subtitle']}**",
    ]
    for part in written.parts:
        pieces += list(_markdown_part(part))
    return ("\n\n".join(pieces) + "\n").encode()


def _markdown_part(part: Part) -> Iterator[str]:
    if part.kind == "heading":
        yield f"{'#' * (part.level + 1)} {part.text}"
    elif part.kind == "paragraph":
        yield part.text
    elif part.kind == "item":
        yield f"- {part.text}"
    elif part.kind in ("table", "figure"):
        head, *rows = ("| " + " | ".join(row) + " |" for row in part.rows)
        rule = "|" + " --- |" * len(part.rows[0])
        yield "\n".join([plain(part.text), "", head, rule, *rows])
    else:
        yield f"## {part.text}"
        for inner in part.parts:
            yield from _markdown_part(inner)
