"""Compare ways of making topics on the passages of ``models/training`` that bear on a row; see ``docs/topics.md``.

    python benchmarks/topics_choice.py --work FOLDER [--usual PYTHON] [--only NAME ...] [--out FILE]

FOLDER keeps vectors and the labels of each way, so that a run that was broken off goes on where it was. Each way runs
in a process of its own, for its time and memory. PYTHON is that of an environment with the usual stack (see
``topics_usual.py``); without it those ways are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [path for path in (str(ROOT), str(ROOT / "benchmarks")) if path not in sys.path]

import numpy as np  # noqa: E402
from topics_figures import agreement, mix, stability  # noqa: E402
from topics_material import make_passages  # noqa: E402
from topics_runs import Passages, draws, file_name, load_passages, run_variant  # noqa: E402
from topics_tables import markdown  # noqa: E402
from topics_variants import VARIANTS, describe, grouping_of, steps_of  # noqa: E402

HERE = Path(__file__).resolve().parent
USUAL = "usual stack"


def measure(work: Path, names: list[str], usual: Path | None) -> dict[str, Any]:
    """Figures of all ways that were run, by group and name; C_v where ``usual`` can tell it."""
    from topics_words import Words, holders, representations, word_figures

    passages = load_passages(work)
    drawn = draws(passages.documents)
    words = Words(passages)
    ours, plain = holders(words.ours), holders(words.plain)
    result: dict[str, Any] = {}
    chosen: dict[str, Any] = {}
    for group, name in names_by_group(names, work):
        path = work / "runs" / f"{file_name(name)}.npz"
        if not path.exists():
            continue
        with np.load(path, allow_pickle=False) as stored:
            runs = {key: stored[key] for key in stored.files}
        told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        labels = runs["all"]
        figures = agreement(passages.rows, labels) | mix(passages.languages, labels) | stability(runs, drawn)
        if (labels >= 0).any():
            chosen[name] = words.named(labels)
            figures |= word_figures(chosen[name], ours, passages)
        if told["terms"]:
            figures |= word_figures(words.own(told["terms"]), plain, passages, "own_")
        result.setdefault(group, {})[name] = figures | {key: told[key] for key in ("seconds", "peak_mb")}
        if name == "shipped":
            result["representation"] = representations(words, labels)
    if usual:
        terms = {"texts": words.by_language(), "topics": chosen}
        (work / "terms.json").write_text(json.dumps(terms, ensure_ascii=False), encoding="utf-8")
        _call([*_usual_script(usual, work), "--cv"])
        told = json.loads((work / "cv.json").read_text(encoding="utf-8"))
        for ways in (ways for group, ways in result.items() if group != "representation"):
            for name in ways:
                ways[name] |= told.get(name, {})
    for extra in ("merging", "standing"):
        if (work / f"{extra}.json").exists():
            result[extra] = json.loads((work / f"{extra}.json").read_text(encoding="utf-8"))
    return result


def _usual_script(usual: Path, work: Path) -> list[str]:
    return [str(usual), str(HERE / "topics_usual.py"), "--work", str(work)]


def names_by_group(names: list[str], work: Path) -> list[tuple[str, str]]:
    """Group and name of the ways asked for, all where none is named."""
    found = [(group, name) for group, ways in VARIANTS.items() for name in ways]
    listed = work / "usual.json"
    if listed.exists():
        found += [(USUAL, name) for name in json.loads(listed.read_text(encoding="utf-8"))]
    return [(group, name) for group, name in found if not names or name in names]


def run_all(work: Path, names: list[str], usual: Path | None, usual_draws: int) -> None:
    """Run each way that has not been run."""
    make_passages(work)
    passages = load_passages(work)
    _, ours = describe(passages, steps_of("shipped"), np.arange(len(passages.texts)))
    np.savez(work / "vectors_described.npz", vectors=ours)
    if usual:
        script = _usual_script(usual, work)
        if "minilm" not in passages.vectors:
            _call([*script, "--vectors"])
        listed = _call([*script, "--list"]).splitlines()
        (work / "usual.json").write_text(json.dumps(listed), encoding="utf-8")
        if not (work / "merging.json").exists():
            _call([*script, "--merging", "--draws", str(usual_draws)])
    for group, name in names_by_group(names, work):
        done = (work / "runs" / f"{file_name(name)}.npz").exists()
        if done or (usual is None if group == USUAL else steps_of(name).encoder not in load_passages(work).vectors):
            continue
        if group == USUAL:
            assert usual is not None
            _call([*_usual_script(usual, work), "--draws", str(usual_draws), name])
        else:
            _call([sys.executable, __file__, "--work", str(work), "--one", name])
        sys.stderr.write(f"{name}\n")


def _call(command: list[str]) -> str:
    # One thread: times are comparable, and sums do not depend on how they were parted.
    return subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}
    ).stdout


def run_one(work: Path, name: str) -> None:
    """One way of the product's own, in this process."""
    passages: Passages = load_passages(work)
    steps = steps_of(name)
    steady = name != "shipped" and steps.grouping in ("dense", "settled")
    run_variant(file_name(name), grouping_of(steps, passages), passages, work, steady=steady)


def main() -> None:
    """Read the command line, run and print the tables."""
    parser = argparse.ArgumentParser(description="Compare ways of making topics.")
    parser.add_argument("--work", type=Path, required=True, help="folder for vectors and labels")
    parser.add_argument("--usual", type=Path, help="Python of an environment with the usual stack")
    parser.add_argument("--usual-draws", type=int, default=5, help="fewer where UMAP takes too long")
    parser.add_argument("--only", nargs="*", default=[], help="names of ways")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help="write all figures as JSON")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    if arguments.one:
        run_one(arguments.work, arguments.one)
        return
    run_all(arguments.work, arguments.only, arguments.usual, arguments.usual_draws)
    if not arguments.usual:
        sys.stderr.write("Without --usual the usual stack (UMAP, hdbscan, all-MiniLM, KeyNMF) is left out.\n")
    figures = measure(arguments.work, arguments.only, arguments.usual)
    if arguments.out:
        arguments.out.write_text(json.dumps(figures, indent=1, ensure_ascii=False), encoding="utf-8")
    sys.stdout.write(markdown(figures) + "\n")


if __name__ == "__main__":
    main()
