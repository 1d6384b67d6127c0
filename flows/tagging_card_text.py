"""The words of the card of the models."""

TEXT = """# Models of themes and evidence

Two stages for Dutch and English together. Linear models over words, pieces of words, concepts of the lexicon and
sentence vectors read every passage; a small transformer, the *closer reader* (`models/reader`), reads those that may
matter; logistic readings weigh what both say. They propose; people decide. How they work:
`pipelines/language/features.py`, `pipelines/language/linear.py`, `pipelines/themes/tagger.py`,
`pipelines/evidence/model.py`, `pipelines/language/passage_reader.py`, `pipelines/evidence/closer.py`. Made anew with
`make models`.

## Training
{n_passages} passages of {n_documents} documents (`{files}`), written for this project after reading published work
and labelled by one guide; their figures, samples and quotations are partly invented: they teach labels and are never
facts. What was written for what, how the labels were checked and where readers disagreed: `docs/training.md`.
Encoder `{encoder}`, reader `{reader}`, lexicon `{lexicon}`, table `{table}`.

## Figures
*Linear alone, all*: on passages of documents the linear models had not seen (5 folds, a document in one fold). *Linear
alone* and *both*: on the {n_held_out} passages of documents that the reader was not trained on; the readings that join
both stages are fitted on four fifths of those and measured on the fifth, in turn. *Development set*: 240 passages by
other authors that were never trained on, also *bare*: without section and title. Made with
`python -m flows.train --measure FILE...`.

{figures}

F1 per label:

{by_label}

Expected calibration error (ten bins):

{calibration}

Confusion on the held-out part, both stages:

{confusions}

## Reading the figures
theme_f1 is macro F1 of the five themes; row_r1 and row_r3 the share with a right row first or among three; wss95
the work saved at 95 % recall as a share of the most possible; relation and column are measured on flagged passages,
evidence and direction on all. 0.5 is the working point of every yes or no.

## Limits
LIMITS
"""
