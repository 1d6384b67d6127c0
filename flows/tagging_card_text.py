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
- Direction and relation are the weakest. About half of what is said to contradict a statement does; most of the rest
  supports it. *New* is found for half of the passages that are.
- Findings told without a number, a method or a study (what workers in one firm say, for instance) are missed most;
  findings on technology without AI are the commonest false flags.
- Real reports are harder than the passages it learned from: of 936 passages of two seed documents and seventeen
  government, advocacy and parliamentary files, read blind by hand, 20 hold evidence; 15 were flagged, 9 of them
  rightly. Nothing was flagged in the files without findings.
- Themes are given sparingly in guidelines and manuals: a reader gives rules on AI at work a theme more often.
- Statements of a table that differ from the trained ones (cosine below .8, or new ids) are ranked by likeness and
  row alone: the right one is first for about a third of the passages instead of six in ten. New rows are found by
  likeness alone.
- A passage whose subject stands only in its title or section loses some points without them (see *bare*).
- Words shown as carrying a label are those that weigh in the linear models; the closer reader has no words of its own.
- Other languages than Dutch and English are not labelled.
"""
