"""The file of sources: read, checked, and shipped with a list to start from.

Whoever writes this file decides what the program asks for and which folders it reads: it belongs to administrators.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from pipelines.domain.ids import content_id
from pipelines.domain.sources import Option, Source, SourceKind
from pipelines.errors import SettingsError
from pipelines.harvest.registry import options_of
from pipelines.harvest.source_checks import address_fault, option_fault, read_option
from pipelines.harvest.storage import local_path, scheme_of

WORKSPACE_FILE = "kennisstand-sources.yaml"
"""In the workspace; goes before the file that is shipped."""
_SHIPPED = Path(__file__).with_name("sources.yaml")
_MOST_BYTES = 1_000_000
"""A thousand sources stay far below it."""
_TEXTS = ("id", "name", "kind", "address", "query", "publisher", "language", "wanted", "note")
_FIELDS = (*_TEXTS, "options", "most_items", "enabled")
_NEEDED = ("id", "name", "kind")


def sources_path(workspace: Path) -> Path:
    """The file of sources of a workspace: its own, else the one that is shipped."""
    own = workspace / WORKSPACE_FILE
    return own if own.is_file() else _SHIPPED


def shipped_path() -> Path:
    """The file of sources that is shipped: to be copied to the workspace and edited there."""
    return _SHIPPED


def shipped_sources() -> tuple[Source, ...]:
    """The list to start from, all off."""
    return read_sources(_SHIPPED)


def read_sources(path: Path) -> tuple[Source, ...]:
    """The sources of a file, in its order.

    Raises
    ------
    SettingsError
        The first thing that is wrong with it, with its line; :func:`check_sources` tells all.
    """
    sources, faults = check_sources(path)
    if faults:
        raise faults[0]
    return sources


def check_sources(path: Path) -> tuple[tuple[Source, ...], tuple[SettingsError, ...]]:
    """The sources of a file that are right, and all that is wrong with it, in the order of its lines."""
    reading = _Reading(path)
    sources: list[Source] = []
    lines: dict[str, int] = {}
    for node in reading.entries():
        source = reading.source(node)
        if source is None:
            continue
        if source.id in lines:
            reading.fault(node, "error.sources_double", id=source.id, other=lines[source.id])
            continue
        lines[source.id] = node.start_mark.line + 1
        sources.append(source)
    return tuple(sources), tuple(sorted(reading.faults, key=lambda fault: int(fault.values.get("line", 0))))


def fingerprint(source: Source) -> str:
    """Of kind, address, query and options: where these change, the source is another one and is read anew."""
    options = json.dumps(source.options, sort_keys=True, ensure_ascii=True)
    return content_id("source", source.kind.value, source.address, source.query, options)


@dataclass
class _Reading:
    """Reads one file, and notes what is wrong with it."""

    path: Path
    faults: list[SettingsError] = field(default_factory=list)

    def fault(self, node: yaml.Node | None, key: str, **values: str | int) -> None:
        """Note that something is wrong at ``node``."""
        line = node.start_mark.line + 1 if node is not None else 1
        self.faults.append(SettingsError(key, file=str(self.path), line=line, **values))

    def entries(self) -> Iterator[yaml.MappingNode]:
        """The entries of the list ``sources``."""
        top = self._tree()
        if top is None:
            return
        if not isinstance(top, yaml.MappingNode):
            self.fault(top, "error.sources_top")
            return
        for name, node in top.value:
            if name.value != "sources":
                self.fault(name, "error.sources_top_field", name=str(name.value)[:80])
            elif not isinstance(node, yaml.SequenceNode):
                if node.tag != "tag:yaml.org,2002:null":  # "sources:" with nothing behind it
                    self.fault(node, "error.sources_top")
            else:
                for entry in node.value:
                    if isinstance(entry, yaml.MappingNode):
                        yield entry
                    else:
                        self.fault(entry, "error.sources_entry")

    def _tree(self) -> yaml.Node | None:
        try:
            content = self.path.read_bytes()
            if len(content) > _MOST_BYTES:
                raise ValueError(f"> {_MOST_BYTES // 1_000_000} MB")
            text = content.decode("utf-8-sig")
        except (OSError, ValueError) as error:
            self.faults.append(SettingsError("error.sources_file", file=str(self.path), detail=str(error)[:200]))
            return None
        try:
            if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
                raise yaml.YAMLError("*")  # references within the file: a few lines can stand for millions
            return yaml.compose(text, yaml.SafeLoader)
        except (yaml.YAMLError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            detail = str(getattr(error, "problem", None) or error)[:200]
            line = mark.line + 1 if mark else 1
            self.faults.append(SettingsError("error.sources_yaml", file=str(self.path), line=line, detail=detail))
            return None

    def source(self, node: yaml.MappingNode) -> Source | None:
        """The source of one entry; ``None`` where something is wrong with it."""
        before = len(self.faults)
        nodes = self._named(node, _FIELDS, "error.sources_field")
        for name in _NEEDED:
            if name not in nodes:
                self.fault(node, "error.sources_missing", name=name)
        values = {name: self._value(name, value) for name, value in nodes.items() if name != "options"}
        kind = values.get("kind")
        if isinstance(kind, str) and kind not in list(SourceKind):
            self.fault(nodes["kind"], "error.sources_kind", value=kind[:80], choices=", ".join(SourceKind))
        if len(self.faults) > before:
            return None
        values["options"] = self._options(SourceKind(str(kind)), nodes.get("options"))
        source = self._checked(node, nodes, values)
        if source is None or len(self.faults) > before:
            return None
        if found := address_fault(source):
            self.fault(nodes.get(found.where, node), found.key, **found.values)
            return None
        return self._absolute(source)

    def _named(self, node: yaml.MappingNode, known: tuple[str, ...], key: str) -> dict[str, yaml.Node]:
        """Fields by name, each once."""
        nodes: dict[str, yaml.Node] = {}
        for name, value in node.value:
            word = str(name.value) if isinstance(name, yaml.ScalarNode) else "?"
            if word not in known:
                close = get_close_matches(word, known, 1)
                self.fault(name, key, name=word[:80], choices=", ".join(close or known))
            elif word in nodes:
                self.fault(name, "error.sources_twice", name=word)
            else:
                nodes[word] = value
        return nodes

    def _value(self, name: str, node: yaml.Node) -> Any:
        value = _plain(node)
        if name in _TEXTS and not isinstance(value, str):
            if value is None and name not in _NEEDED:
                return None if name in ("publisher", "language") else ""
            self.fault(node, "error.sources_text", name=name, value=str(getattr(node, "value", ""))[:80])
        return value

    def _options(self, kind: SourceKind, node: yaml.Node | None) -> dict[str, Option]:
        if node is None or _plain(node) is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            self.fault(node, "error.sources_options")
            return {}
        types = options_of(kind)
        options: dict[str, Option] = {}
        for name, value in self._named(node, tuple(types), "error.sources_option").items():
            option = read_option(_plain(value), types[name])
            if option is None:
                what = types[name].__name__
                self.fault(value, f"error.sources_option_{what}", name=name)
            elif found := option_fault(kind, name, option):
                self.fault(value, found.key, **found.values)
            else:
                options[name] = option
        return options

    def _checked(self, node: yaml.Node, nodes: dict[str, yaml.Node], values: dict[str, Any]) -> Source | None:
        try:
            return Source.model_validate({name: value for name, value in values.items() if name != "wanted" or value})
        except ValidationError as error:
            for one in error.errors():
                name = str(one["loc"][0]) if one["loc"] else "-"
                key = f"error.sources_wrong_{name}" if name in _SAID else "error.sources_wrong"
                said = str(getattr(nodes.get(name), "value", ""))[:80]
                self.fault(nodes.get(name, node), key, name=name, value=said)
            return None

    def _absolute(self, source: Source) -> Source:
        """Paths are seen from the folder in which the file of sources lies."""
        if source.kind not in (SourceKind.FOLDER, SourceKind.REFERENCES) or scheme_of(source.address):
            return source
        path = local_path(source.address)
        if path is None or path.is_absolute():
            return source
        return source.model_copy(update={"address": str(self.path.absolute().parent / path)})


_SAID = ("id", "wanted", "most_items", "enabled")
"""Fields for which it is said what is right; of the others only how long they may be."""


def _plain(node: yaml.Node) -> Any:
    """What a node says, as plain Python."""
    try:
        return yaml.SafeLoader("").construct_document(node)
    except (yaml.YAMLError, ValueError):  # a date such as 2026-02-30
        return getattr(node, "value", None)
