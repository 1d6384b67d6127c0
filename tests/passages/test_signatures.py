"""Signatures are stored for good: the same text gives the same bytes in every version."""

import hashlib
import subprocess
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.passages.signatures import make_signature, read_signature

PLAIN = (
    "In een proef met een schrijfhulp rondden medewerkers van een fictief bureau hun dossiers 14 procent sneller af."
)
ODD = (
    "Na een half\u00adjaar[12] was het ver- schil met 1.234,5 vergelijkingsgroepen kleiner.² Dat gold ook voor "
    "co\u0301o\u0308rdinatie en \ud800 ﬁlmen.3 Elk bedrijf deed mee"
)


@pytest.mark.parametrize(
    ("text", "size", "digest"),
    [
        (PLAIN, 240, "e59917987de295f29cfdab1387c97583b47bea6ce2c32f66f06f6b07fc8bd6f5"),
        (ODD, 260, "8fe23047832cffdc82181215389cb69260079d94889cdcde28ad5cc4e14e001a"),
        ("", 12, "070ca3b3e21e8e99c24138fdc0599d3433a38e99eb777613290649261464ffe0"),
    ],
)
def test_stored_signatures_stay_comparable(text: str, size: int, digest: str) -> None:
    # Made when MinHash came from datasketch 2.0.
    signature = make_signature(text)
    assert (len(signature), hashlib.sha256(signature).hexdigest()) == (size, digest)


@given(st.lists(st.text("abcde", min_size=1, max_size=4), min_size=12, max_size=40))
def test_the_hashes_of_a_signature_are_those_of_its_word_triples(words: list[str]) -> None:
    triples = {" ".join(words[i : i + 3]) for i in range(len(words) - 2)}
    expected = sorted({zlib.crc32(triple.encode()) for triple in triples})
    np.testing.assert_array_equal(read_signature(make_signature(" ".join(words))).shingles, expected)


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("gemeten[1].", "gemeten."),
        ("gemeten.12 Daarna", "gemeten. Daarna"),
        ("gemeten¹² daarna", "gemeten daarna"),
        ("gemeten,[1]2 daarna", "gemeten, 2 daarna"),
        ("arbeids- markt", "arbeidsmarkt"),
        ("arbeids\u00admarkt", "arbeidsmarkt"),
        ("arbeids\u2010\nmarkt", "arbeidsmarkt"),
    ],
)
def test_notes_and_broken_words_make_no_difference(marked: str, plain: str) -> None:
    assert make_signature(marked) == make_signature(plain)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("gemeten [1234]", "gemeten"),
        ("Gemeten 12 daarna", "Gemeten daarna"),
        ("gemeten.1234 daarna", "gemeten. daarna"),
        ("arbeids\u00ad markt", "arbeidsmarkt"),
        ("10- jarig", "10jarig"),
    ],
)
def test_what_is_no_note_and_no_broken_word_stays(left: str, right: str) -> None:
    assert make_signature(left) != make_signature(right)


def test_signatures_load_no_scipy() -> None:
    program = "import sys; import pipelines.passages.signatures; print('scipy' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
