"""The command: speaks two languages, ends with the right status, keeps results and messages apart."""

from __future__ import annotations

import ast
import errno
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import yaml

import pipelines
from flows.exporting import PASSAGE_FIELDS
from pipelines.cli.main import FAILED, OK, WRONG_USE, run, take_globals
from pipelines.cli.session import printable
from pipelines.strings import LANGUAGES, keys, text
from pipelines.strings import catalogue as strings_catalogue

_ROOT = Path(pipelines.__file__).resolve().parent.parent
_COMMANDS = [
    "demo",
    "scan",
    "tag",
    "encode",
    "documents",
    "passages",
    "search",
    "table",
    "topics",
    "report",
    "lexicon",
    "doctor",
]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANGUAGE", "KENNISSTAND_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "nl_NL.UTF-8")
    monkeypatch.setenv("COLUMNS", "110")
    monkeypatch.chdir(tmp_path)


def test_globals_may_stand_anywhere() -> None:
    assert take_globals(["scan", "a", "--lang", "en", "--json"]) == (["scan", "a", "--json"], "en", None)
    assert take_globals(["--workspace=w", "scan"]) == (["scan"], None, "w")
    assert take_globals(["search", "--", "--lang"]) == (["search", "--", "--lang"], None, None)


@pytest.mark.parametrize("command", _COMMANDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_explains_itself_in_both_languages(
    command: str, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command, "--help", "--lang", language]) == OK
    out = capsys.readouterr().out
    first = text(f"cli.{command}.help", language).split(",")[0].split(":")[0]
    assert first in " ".join(out.split())
    assert ("Gebruik:" in out) == (language == "nl")
    assert ("Toon deze uitleg." in out) == (language == "nl")


def test_without_anything_it_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == WRONG_USE
    shown = capsys.readouterr()
    assert all(command in shown.err + shown.out for command in _COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["bestaatniet"], "bestaat niet"),
        (["scan", "--weetniet"], "bestaat niet"),
        (["tag"], "Er ontbreekt"),
        (["passages", "--theme", "geen"], "is niet een van"),
        (["passages", "--since", "gisteren"], "schrijf hem als 2025-01-31"),
        (["report", "--findings", "--format", "pdf"], "is geen formaat"),
        (["report", "--format", ","], "is geen formaat"),
        (["table", "diff", "een"], "Er ontbreekt"),
        (["--lang", "fr", "doctor"], "nl | en"),
    ],
)
def test_wrong_use_ends_with_2_and_says_why(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == WRONG_USE
    shown = capsys.readouterr()
    assert says in " ".join(shown.err.split()) and shown.out == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["tag", "weg.jsonl", "-o", "uit.jsonl"], "bestaat niet"),
        (["table", "import", "weg.docx"], "bestaat niet"),
        (["table", "show", "--version", "1900"], "bestaat niet"),
        (["table", "export", "tabel.pdf"], "is onbekend"),
        (["passages", "-o", "uit.doc"], "is onbekend"),
        (["passages", "--row", "Z9"], "geen rij"),
        (["documents", "retry", "abc"], "geen document"),
        (["documents", "--workspace", "verschreven"], "bestaat niet"),
    ],
)
def test_what_fails_ends_with_1_and_says_why(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == FAILED
    shown = capsys.readouterr()
    assert says in " ".join(shown.err.split()) and shown.out == ""
    assert "Traceback" not in shown.err


def test_a_new_workspace_says_how_to_begin(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["documents"]) == OK
    assert "nog geen documenten" in capsys.readouterr().err
    assert run(["topics"]) == OK
    assert "nog geen scan" in capsys.readouterr().err
    assert run(["report"]) == FAILED
    assert "kennisstand scan" in capsys.readouterr().err
    assert run(["scan"]) == FAILED
    assert "geen bestanden" in capsys.readouterr().err


def test_an_export_without_passages_has_all_columns(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("leeg.csv", "leeg.parquet", "leeg.xlsx"):
        assert run(["passages", "-o", name]) == OK
    capsys.readouterr()
    assert Path("leeg.csv").read_text(encoding="utf-8-sig").strip().split(",") == list(PASSAGE_FIELDS)
    assert list(pd.read_parquet("leeg.parquet").columns) == list(PASSAGE_FIELDS)


def test_the_table_goes_out_and_comes_in(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["table", "show", "--json"]) == OK
    table = json.loads(capsys.readouterr().out)
    assert table["version"] == "2024-10-02" and len(table["rows"]) == 15
    assert run(["table", "export", "tabel.docx"]) == OK
    assert run(["table", "import", "tabel.docx"]) == OK
    assert "gelijk aan versie 2024-10-02" in capsys.readouterr().err
    assert run(["table", "export", "tabel.yaml"]) == OK
    changed = Path("tabel.yaml").read_text(encoding="utf-8").replace("Sociale dialoog", "Overleg")
    Path("tabel.yaml").write_text(changed, encoding="utf-8")
    capsys.readouterr()
    assert run(["table", "import", "tabel.yaml", "--dry-run"]) == OK
    shown = capsys.readouterr()
    assert "15 rijen" in shown.err and "{+Overleg+}" in shown.out
    assert len(shown.out.splitlines()) < 20  # what differs, and not the table
    assert run(["table", "import", "tabel.yaml", "--dry-run", "--json"]) == OK
    told = json.loads(capsys.readouterr().out)
    assert len(told["rows"]) == 15 and ["Overleg" in str(change["texts"]) for change in told["changes"]] == [True]
    assert run(["table", "import", "tabel.yaml"]) == OK
    capsys.readouterr()
    assert run(["table", "history", "--json"]) == OK
    assert [v["version"] for v in json.loads(capsys.readouterr().out)["versions"]] == ["2024-10-02", "2024-10-02.2"]
    assert run(["table", "diff", "2024-10-02", "2024-10-02.2"]) == OK
    assert "Overleg" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["table", "import", "diep.json"], "te diep genest"),
        (["table", "import", "diep.yaml"], "te diep genest"),
        (["tag", "diep.jsonl", "-o", "uit.jsonl"], "regel 1"),
    ],
)
def test_brackets_by_the_thousand_are_told_in_words(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = next(one for one in arguments if one.startswith("diep"))
    Path(file).write_text("[" * 100_000, encoding="utf-8")
    assert run(arguments) == FAILED
    told = " ".join(capsys.readouterr().err.split())
    assert says in told.casefold() and "Traceback" not in told


def test_the_shipped_lexicon_is_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lexicon"]) == OK
    assert "in orde" in capsys.readouterr().err


@pytest.mark.sqlite
def test_a_broken_database_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path("data/processed")
    folder.mkdir(parents=True)
    (folder / "kennisstand.db").write_bytes(b"not a database at all" * 100)
    assert run(["documents", "--lang", "en"]) == FAILED
    assert "database cannot be used" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("WORKERS", "0", 'KENNISSTAND_WORKERS cannot be "0": it must be at least 1'),
        ("BATCH_DOCUMENTS", "veel", "it must be a whole number"),
        ("LANGUAGE", "fr", "choose from nl, en"),
        ("DATABASE_URL", "nonsense", "no usable address"),
        ("WORKSPACE", "~nobody-at-all/x", "cannot be determined"),
    ],
)
def test_a_wrong_setting_is_told_in_words(
    name: str, value: str, says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"KENNISSTAND_{name}", value)
    assert run(["documents", "--lang", "en"]) == FAILED
    shown = capsys.readouterr()
    assert says in shown.err and "pydantic" not in shown.err and shown.out == ""


def test_a_workspace_that_is_a_file_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bestand").write_text("x", encoding="utf-8")
    assert run(["documents", "--workspace", "bestand"]) == FAILED
    assert "kan niet worden geschreven" in capsys.readouterr().err


def test_what_steers_a_terminal_is_not_shown() -> None:
    assert printable("a\x1b[31mb\x9bc\udc80 é 🙂\t\n") == "a\ufffd[31mb\ufffdc\ufffd é 🙂\t\n"


_HEAVY = {
    "pydantic",
    "rich",
    "numpy",
    "sqlalchemy",
    "prefect",
    "spacy",
    "sklearn",
    "onnxruntime",
    "tokenizers",
    "flows",
}


@pytest.mark.parametrize(
    ("arguments", "never"),
    [
        (["--help"], _HEAVY),
        (["--version"], _HEAVY),
        (["doctor", "--help"], _HEAVY),
        (["sources", "add", "--help"], _HEAVY),
        (
            ["tag", "lines.jsonl", "-o", "labels.jsonl"],
            {"sqlalchemy", "pandas", "pyarrow", "spacy", "sklearn", "prefect"},
        ),
        (["documents"], {"numpy", "pandas", "pyarrow", "alembic", "spacy", "sklearn", "prefect"}),
        (["table", "show"], {"numpy", "pandas", "pyarrow", "alembic", "spacy", "sklearn", "prefect"}),
    ],
)
def test_looking_something_up_does_not_load_what_it_does_not_need(arguments: list[str], never: set[str]) -> None:
    run(["table", "history"])  # the first command makes the workspace
    Path("lines.jsonl").write_text('{"doc": 1, "text": "AI verandert het werk van velen."}\n', encoding="utf-8")
    code = (
        "import sys; from pipelines.cli.main import run; run(sys.argv[2:]); "
        "print(sorted(set(sys.argv[1].split()) & set(sys.modules)), file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, " ".join(never), *arguments]
    path = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=True)
    assert done.stderr.splitlines()[-1] == "[]"


def test_the_quick_parser_reads_the_same_strings() -> None:
    read = {
        word
        for path in (_ROOT / "pipelines" / "strings").glob("*.yaml")
        for word in _words(yaml.safe_load(path.read_text(encoding="utf-8")))
    }
    assert read == {text_of[language] for text_of in strings_catalogue._catalogue().values() for language in LANGUAGES}


def _words(tree: dict) -> Iterator[str]:
    for value in tree.values():
        if isinstance(value, str):
            yield value
        else:
            yield from _words(value)


def test_both_languages_name_the_same_values() -> None:
    fields = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
    for path in (_ROOT / "pipelines" / "strings").glob("*.yaml"):
        _compare(yaml.safe_load(path.read_text(encoding="utf-8")), path.name, fields)


def _compare(tree: dict, place: str, fields: re.Pattern[str]) -> None:
    if set(tree) == set(LANGUAGES) and all(isinstance(v, str) for v in tree.values()):
        assert sorted(set(fields.findall(tree["nl"]))) == sorted(set(fields.findall(tree["en"]))), place
        return
    for name, value in tree.items():
        _compare(value, f"{place}.{name}", fields)


def test_every_key_in_the_code_is_in_the_catalogue() -> None:
    known = keys()
    starts = {key.split(".")[0] for key in known}
    shape = re.compile(r"^[a-z_]+(\.[a-z_0-9]+)+$")
    missing = set()
    for path in (*(_ROOT / "pipelines").rglob("*.py"), *(_ROOT / "flows").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and shape.match(node.value):
                first = node.value.split(".")[0]
                if first in {"cli", "error", "reason", "doctor"} & starts and node.value not in known:
                    missing.add((path.name, node.value))
    begun = {(name, key) for name, key in missing if not any(k.startswith(key) for k in known)}  # f"cli.x.{name}"
    assert begun == set()


def test_a_mistyped_workspace_is_not_made(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["documents"], ["topics"], ["table", "show"], ["doctor"], ["passages"]):
        assert run([*command, "--workspace", "verschreven"]) == FAILED
    assert not Path("verschreven").exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_is_full_anywhere_is_told_in_words(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))  # as write() fails, which knows no name

    monkeypatch.setattr("flows.backup.make_backup", fail)
    assert run(["backup", "--workspace", str(tmp_path), "--lang", "nl"]) == FAILED
    said = capsys.readouterr().err
    assert "De schijf is vol" in said and "OSError" not in said
