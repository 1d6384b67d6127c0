"""The card of the models of the instruments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from numpy.typing import NDArray

from pipelines.domain.instruments import Family
from pipelines.instruments.training import FEWEST, LEAST_F1, Hits, ReadLabels, WrittenPassage, figures_of
from pipelines.store.files import write_whole

_TEXT = """# Models of the instruments

What passages say beside themes and evidence: uncertainties, themes and addressees of advice, groups, actors, sectors,
occupations, and the kind of AI application. A linear model over the features of `models/tagger` (words, pieces of
words, concepts, nearness to the training passages) and the names that a passage gives, joined by a logistic reading
for each label: `pipelines/instruments/`. Themes of actions have the scores of the closer reader (`models/reader`) as
well. They propose; people decide. Made anew with
`python -m flows.train_instruments`.

## Training
{n} of the passages of `models/training`, read once more and labelled by one reader each
(`models/training/instruments/labels.jsonl`), {advice} of them advice; with their translations as far as there are. And
{written} passages that were written to learn kinds of AI application from (`passages.jsonl` there), which are learned
from by their words alone. Features
`{space}`, encoder `{encoder}`, reader `{reader}`, names `{names}`; {packages}.

## Figures
On passages of documents that the models had not seen (5 folds, a document in one fold; the originals and the written
ones). Themes of
actions and addressees are asked of advice alone. F1 at 0.5, which is where it is best out of fold: expect a little
less, of themes of actions more than a little: the closer reader has learned from most of these passages, if
other labels. Labels with an F1 below {least} are *given* to no passage: they wait for more training passages, as do
those that fewer than {fewest} have.

| family | passages with a label | F1, all labels together | nl | en |
| --- | --- | --- | --- | --- |
{families}

| label | given | passages | precision | recall | F1 | F1, nl | F1, en |
| --- | --- | --- | --- | --- | --- | --- | --- |
{labels}

## Limits
- One reader labelled each passage, and the passages were written to be hard: groups and actors are often described and
  not named. Readers differ most on uncertainties: whether advice on rules for AI bears on the manner of use.
- Other languages than Dutch and English are not labelled.
"""


def write_card(
    path: Path,
    names: Sequence[str],
    kept: Sequence[str],
    read: Sequence[tuple[str, ReadLabels]],
    probabilities: NDArray,
    written: Sequence[WrittenPassage],
    facts: Mapping[str, str],
) -> None:
    """Write the card; ``read`` are languages and labels of passages, ``probabilities`` (n_passages, n_names) theirs,
    ``kept`` the labels that are given."""
    parts = {"all": list(range(len(read)))}
    parts |= {code: [i for i, (language, _) in enumerate(read) if language == code] for code in ("nl", "en")}
    first = len(read) - len(written)
    by_part = {
        part: figures_of(
            [read[i][1] for i in places],
            names,
            probabilities[places],
            [written[i - first] for i in places if i >= first],
        )
        for part, places in parts.items()
    }
    lines = [_line(name, name in kept, [figures[name] for figures in by_part.values()]) for name in names]
    families = []
    for family in Family:
        of = [name for name in names if name.startswith(f"{family.value}.")]
        if of:
            together = [sum((figures[name] for name in of), Hits(0, 0, 0)) for figures in by_part.values()]
            families.append(_row(family.value, together[0].n, *(f"{hits.f1:.2f}" for hits in together)))
    text = _TEXT.format(
        fewest=FEWEST,
        least=LEAST_F1,
        n=len(read) - len(written),
        advice=sum(one.advice for _, one in read[:first]),
        written=len(written),
        families="\n".join(families),
        labels="\n".join(lines),
        **facts,
    )
    write_whole(path, text.encode())


def _line(name: str, given: bool, parts: Sequence[Hits]) -> str:
    whole = parts[0]
    shares = (whole.precision, whole.recall, *(hits.f1 for hits in parts))
    return _row(name, "yes" if given else "no", whole.n, *(f"{share:.2f}" for share in shares))


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"
