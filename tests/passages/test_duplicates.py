"""Near-duplicates: what counts as one, and groups that do not depend on how the passages came in."""

import random
from collections.abc import Iterable, Sequence
from itertools import islice, pairwise

import pytest
from builders import build_passage
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.domain.passages import DuplicateGroup, Passage
from pipelines.passages.duplicates import DuplicateSearch, StoredSignature
from pipelines.passages.signatures import LEAST_JACCARD, are_duplicates, keys_of, make_signature, read_signature

RELEASE = (
    "In een proef met een schrijfhulp rondden medewerkers van een fictief bureau hun dossiers 14 procent sneller af. "
    "Vooral nieuwe collega's hadden er baat bij. Na een halfjaar was het verschil met de vergelijkingsgroep kleiner."
)
OTHER = (
    "De vakbonden vragen om afspraken over het meten van tempo in magazijnen. Volgens hen weten medewerkers vaak niet "
    "welke gegevens worden verzameld en wie daar naar kijkt. Werkgevers wijzen op de eisen van hun klanten."
)


def group_duplicates(
    known: Sequence[StoredSignature], new: Iterable[Passage | StoredSignature], parts: Sequence[int] = ()
) -> list[DuplicateGroup]:
    """Groups of new passages, the known ones looked through in parts that end at the places given."""
    search = DuplicateSearch(new)
    for start, end in pairwise([0, *sorted(parts), len(known)]):
        search.look_through(known[start:end])
    groups, alone = set(search.group_ids), set(search.passage_ids)
    return search.groups([(k.passage_id, k.group_id) for k in known if k.group_id in groups or k.passage_id in alone])


def group_one_by_one(known: Sequence[StoredSignature], new: Sequence[StoredSignature]) -> list[DuplicateGroup]:
    """The same from the definition: each new passage with every other, and known ones by their groups."""
    items = [*known, *new]
    read = [(read_signature(one.signature), set(keys_of([one.signature])[0].tolist())) for one in items]
    group_of = list(range(len(items)))

    def join(left: int, right: int) -> None:
        old, one = group_of[right], group_of[left]
        group_of[:] = [one if number == old else number for number in group_of]

    for right in range(len(items)):
        for left in range(right):
            same_group = right < len(known) and items[left].group_id is not None
            if right >= len(known):
                if read[left][1] & read[right][1] and are_duplicates(read[left][0], read[right][0]):
                    join(left, right)
            elif same_group and items[left].group_id == items[right].group_id:
                join(left, right)
    found: dict[int, list[int]] = {}
    for place, number in enumerate(group_of):
        found.setdefault(number, []).append(place)
    return [
        DuplicateGroup(id=items[places[0]].passage_id, passage_ids=tuple(items[place].passage_id for place in places))
        for places in found.values()
        if len(places) > 1 and places[-1] >= len(known)
    ]


def grouped(*texts: str) -> list[list[int]]:
    """Groups as lists of places in ``texts``."""
    passages = [build_passage(text, position=i, start=i * 1000) for i, text in enumerate(texts)]
    places = {passage.id: i for i, passage in enumerate(passages)}
    return [[places[id_] for id_ in group.passage_ids] for group in group_duplicates([], passages)]


@pytest.mark.parametrize(
    "copy",
    [
        RELEASE,
        RELEASE.upper(),
        RELEASE.replace(". ", ".[12] "),
        RELEASE.replace("schrijfhulp", "schrijf- hulp").replace("'", "’"),
        "Persbericht: " + RELEASE,
        RELEASE.replace("een fictief bureau", "het fictieve bureau"),
        RELEASE[: RELEASE.rindex(" Na een")],
    ],
)
def test_copies_are_found(copy: str) -> None:
    assert grouped(RELEASE, OTHER, copy) == [[0, 2]]


@pytest.mark.parametrize(
    "different",
    [
        OTHER,
        RELEASE.replace("14 procent", "41 procent"),
        RELEASE + " " + OTHER,
        RELEASE[: RELEASE.index(" Vooral")],
        "In een proef met een schrijfhulp rondden medewerkers hun dossiers sneller af.",
    ],
)
def test_other_figures_and_quotations_are_no_copies(different: str) -> None:
    assert grouped(RELEASE, different) == []


def test_short_passages_are_copies_only_when_identical() -> None:
    assert grouped("Het werk verandert snel.", "Het werk verandert, snel", "Het werk verandert niet.") == [[0, 1]]


def test_a_group_is_named_after_its_first_member_and_grows() -> None:
    first, second, third = (build_passage(RELEASE, start=i) for i in range(3))
    (group,) = group_duplicates([], [first, second])
    assert group == DuplicateGroup(id=first.id, passage_ids=(first.id, second.id))
    known = [StoredSignature(p.id, make_signature(p.text), group.id) for p in (first, second)]
    assert group_duplicates(known, []) == []
    assert group_duplicates(known, [build_passage(OTHER)]) == []
    assert group_duplicates(known, [third]) == [
        DuplicateGroup(id=first.id, passage_ids=(first.id, second.id, third.id))
    ]


def test_signatures_are_small_and_of_one_format() -> None:
    signature = make_signature(RELEASE)
    assert len(signature) < 500
    assert signature == make_signature(RELEASE)
    with pytest.raises(ValueError, match="format 9"):
        group_duplicates([StoredSignature("a", b"\x09" + signature[1:])], [build_passage(RELEASE)])


_VOCABULARY = [f"{a}{b}{c}" for a in "bdfgk" for b in "aeiou" for c in ("n", "ren", "st", "lijk")]


def _variants(seed: int) -> list[str]:
    """Three unrelated texts and copies of them with ever more words replaced, some beyond the threshold."""
    source = random.Random(seed)
    texts: list[str] = []
    for _ in range(3):
        words = [source.choice(_VOCABULARY) for _ in range(40)]
        for _ in range(5):
            texts.append(" ".join(words))
            words[source.randrange(len(words))] = "anders"
    return texts


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.randoms(use_true_random=False))
def test_batches_in_any_order_give_the_groups_of_one_go(seed: int, chance: random.Random) -> None:
    passages = [build_passage(text, start=i * 1000) for i, text in enumerate(_variants(seed))]
    whole = {frozenset(g.passage_ids) for g in group_duplicates([], passages)}
    assert whole
    shuffled = passages.copy()
    chance.shuffle(shuffled)
    queue = iter(shuffled)
    stored: list[StoredSignature] = []
    while batch := list(islice(queue, chance.randint(1, 6))):
        new = [StoredSignature(p.id, make_signature(p.text)) for p in batch]
        membership = {id_: group.id for group in group_duplicates(stored, new) for id_ in group.passage_ids}
        stored = [
            StoredSignature(s.passage_id, s.signature, membership.get(s.passage_id, s.group_id))
            for s in [*stored, *new]
        ]
    found: dict[str, set[str]] = {}
    for item in stored:
        if item.group_id is not None:
            found.setdefault(item.group_id, set()).add(item.passage_id)
    assert {frozenset(members) for members in found.values()} == whole
    order = [item.passage_id for item in stored]
    assert all(group_id == min(members, key=order.index) for group_id, members in found.items())


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.randoms(use_true_random=False))
def test_known_passages_in_any_order_and_parts_give_the_groups_of_the_definition(
    seed: int, chance: random.Random
) -> None:
    texts = [*_variants(seed), "Het werk verandert snel.", "Het werk verandert, snel", RELEASE, RELEASE.upper()]
    passages = [build_passage(text, start=i * 1000) for i, text in enumerate(texts)]
    chance.shuffle(passages)
    signed = [StoredSignature(p.id, make_signature(p.text)) for p in passages]
    n_known = chance.randint(0, len(signed))
    groups_before = {id_: g.id for g in group_one_by_one([], signed[:n_known]) for id_ in g.passage_ids}
    known = [StoredSignature(k.passage_id, k.signature, groups_before.get(k.passage_id)) for k in signed[:n_known]]
    expected = group_one_by_one(known, signed[n_known:])
    parts = [chance.randint(0, n_known) for _ in range(chance.randint(0, 4))]
    assert group_duplicates(known, signed[n_known:], parts) == expected
    search = DuplicateSearch(signed[n_known:])
    search.look_through(chance.sample(known, n_known))
    assert search.groups([(k.passage_id, k.group_id) for k in known]) == expected


def test_of_known_passages_only_duplicates_are_kept() -> None:
    known = [StoredSignature(f"k{i}", make_signature(text)) for i, text in enumerate(_variants(3))]
    search = DuplicateSearch([build_passage(RELEASE)])
    search.look_through([*known, StoredSignature("copy", make_signature("Persbericht: " + RELEASE))])
    search.look_through([StoredSignature("other", make_signature(RELEASE.upper()), "group")])
    assert (search.passage_ids, search.group_ids) == (["copy"], ["group"])


def test_keys_of_many_are_those_of_each() -> None:
    signatures = [make_signature(text) for text in (RELEASE, "Kort.", OTHER, "", RELEASE + " In 2031 en 2032.")]
    keys, places = keys_of(signatures)
    for place, signature in enumerate(signatures):
        alone, _ = keys_of([signature])
        assert keys[places == place].tolist() == alone.tolist()
        assert len(alone) in (1, 40)


def test_unrelated_texts_stay_apart_and_slightly_changed_ones_together() -> None:
    source = random.Random(7)
    base = [[source.choice(_VOCABULARY) for _ in range(60)] for _ in range(60)]
    changed = [words.copy() for words in base]
    for words in changed:
        for index in source.sample(range(60), 2):
            words[index] = "anders"
    groups = grouped(*(" ".join(words) for words in [*base, *changed]))
    assert all(right - left == 60 for left, right in groups)
    assert len(groups) == 60
    assert 0.5 < LEAST_JACCARD < 0.8
