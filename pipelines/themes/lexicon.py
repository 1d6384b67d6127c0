"""Reads the concept lexicon: one YAML file per theme, made to be edited by people who do not program."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import yaml

from pipelines.domain.ids import content_id
from pipelines.domain.themes import Theme
from pipelines.errors import LexiconError
from pipelines.language.concepts import LANGUAGES, Concept, ConceptTerms, Lexicon

#: The lexicon that comes with the program.
SHIPPED_LEXICON = Path(__file__).parent / "lexicon"
_PACKAGE = Path(__file__).resolve().parents[1]

#: Theme that a file is about, written at its top; ``shared`` for what all themes use.
SHARED = "shared"

# The parser in C, where PyYAML was built with it, takes a tenth of the time; brackets by the thousand end the process.
_QUICK: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_KINDS = ("terms", "variants", "compounds", "negative")
_FIELDS = frozenset({"id", "name", "definition", "rows", *_KINDS})
_REQUIRED = ("id", "name", "definition", "terms")


def load_lexicon(folder: Path = SHIPPED_LEXICON) -> Lexicon:
    """Read all ``*.yaml`` files of ``folder``, in order of name.

    Raises
    ------
    LexiconError
        The folder holds no lexicon, a file is not good YAML, or a concept has an unknown, missing or wrong field; the
        message names file, line and concept. :func:`pipelines.themes.lexicon_lint.check_lexicon` judges the contents.
    """
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise LexiconError("lexicon.no_files", folder=str(folder))
    concepts = [concept for path in paths for concept in _read_file(path)]
    parts = [concept.model_dump_json(exclude={"file", "line"}) for concept in concepts]
    return Lexicon(version=content_id("lexicon", *parts), concepts=tuple(concepts))


def _read_file(path: Path) -> Iterator[Concept]:
    try:
        loader = _QUICK if path.is_relative_to(_PACKAGE) else yaml.SafeLoader
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=loader)
    except UnicodeDecodeError as error:
        raise LexiconError("lexicon.not_utf8", file=path.name) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        problem = str(getattr(error, "problem", None) or error)
        raise LexiconError("lexicon.bad_yaml", file=path.name, line=line, problem=problem) from error
    top = _mapping(node, path.name, "")
    theme_node, list_node = top.get("theme"), top.get("concepts")
    if theme_node is None or not isinstance(list_node, yaml.SequenceNode) or set(top) != {"theme", "concepts"}:
        raise LexiconError("lexicon.bad_top", file=path.name)
    theme = _theme(theme_node, path.name)
    for item in list_node.value:
        yield _concept(item, path.name, theme)


def _theme(node: yaml.Node, file: str) -> Theme | None:
    value = str(node.value)
    if value == SHARED:
        return None
    if value not in set(Theme):
        choices = ", ".join([*Theme, SHARED])
        raise LexiconError("lexicon.bad_theme", file=file, line=_line(node), value=value, choices=choices)
    return Theme(value)


def _concept(node: yaml.Node, file: str, theme: Theme | None) -> Concept:
    fields = _mapping(node, file, "?")
    name = str(fields["id"].value) if "id" in fields else "?"
    for field, value in fields.items():
        if field not in _FIELDS:
            _fail("lexicon.unknown_field", value, file, name, field=field, choices=", ".join(sorted(_FIELDS)))
    for field in _REQUIRED:
        if field not in fields:
            _fail("lexicon.missing_field", node, file, name, field=field)
    kinds = {kind: _word_lists(fields[kind], file, name, kind) for kind in _KINDS if kind in fields}
    terms = {
        language: ConceptTerms(**{kind: lists.get(language, ()) for kind, lists in kinds.items()})
        for language in LANGUAGES
    }
    return Concept(
        id=name,
        theme=theme,
        rows=_strings(fields["rows"], file, name, "rows") if "rows" in fields else (),
        name=_by_language(fields["name"], file, name, "name"),
        definition=_by_language(fields["definition"], file, name, "definition"),
        nl=terms["nl"],
        en=terms["en"],
        file=file,
        line=_line(node),
    )


def _word_lists(node: yaml.Node, file: str, concept: str, field: str) -> dict[str, tuple[str, ...]]:
    lists: dict[str, tuple[str, ...]] = {}
    for language, value in _languages(node, file, concept, field).items():
        lists[language] = _strings(value, file, concept, f"{field}.{language}")
    return lists


def _by_language(node: yaml.Node, file: str, concept: str, field: str) -> dict[str, str]:
    texts: dict[str, str] = {}
    for language, value in _languages(node, file, concept, field).items():
        if not isinstance(value, yaml.ScalarNode):
            _fail("lexicon.not_text", value, file, concept, field=f"{field}.{language}")
        texts[language] = str(value.value)
    return texts


def _languages(node: yaml.Node, file: str, concept: str, field: str) -> dict[str, yaml.Node]:
    """The mapping under a field; its keys are languages. A language may be missing: that is for the linter to say."""
    languages = _mapping(node, file, concept)
    for language, value in languages.items():
        if language not in LANGUAGES:
            choices = ", ".join(LANGUAGES)
            _fail("lexicon.unknown_field", value, file, concept, field=f"{field}.{language}", choices=choices)
    return languages


def _strings(node: yaml.Node, file: str, concept: str, field: str) -> tuple[str, ...]:
    """A list of words as written: ``no``, ``on`` and ``1`` stay text, whatever YAML makes of them."""
    if not isinstance(node, yaml.SequenceNode):
        _fail("lexicon.not_list", node, file, concept, field=field)
    for item in node.value:
        if not isinstance(item, yaml.ScalarNode) or not item.value.strip():
            _fail("lexicon.not_text", item, file, concept, field=field)
    return tuple(item.value.strip() for item in node.value)


def _mapping(node: Any, file: str, concept: str) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        if not concept:
            raise LexiconError("lexicon.bad_top", file=file)
        _fail("lexicon.not_mapping", node, file, concept)
    fields: dict[str, yaml.Node] = {}
    for key, value in node.value:
        if key.value in fields:
            _fail("lexicon.repeated_field", key, file, concept or "?", field=str(key.value))
        fields[str(key.value)] = value
    return fields


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1


def _fail(key: str, node: yaml.Node, file: str, concept: str, **values: str | int | float) -> NoReturn:
    raise LexiconError(key, file=file, line=_line(node), concept=concept, **values)
