"""How many relevant passages are left: what must hold always, and a seeded simulation with floors."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.review.left_to_read import Basis, Reading, Reason, Source
from pipelines.review.recalibration import Drift, Recalibration, pool, recalibrate
from pipelines.review.remaining import estimate_remaining
from pipelines.review.sample_bounds import least_relevant, most_relevant
from pipelines.strings import LANGUAGES, text

_LEVELS = (0.5, 0.8, 0.95, 0.99)
flagged = st.floats(0.5, 1, allow_nan=False)
others = st.floats(0, 0.5, exclude_max=True, allow_nan=False)
readings = st.lists(
    st.one_of(
        st.builds(Reading, flagged, st.booleans(), st.just(Source.INBOX)),
        st.builds(Reading, others, st.booleans(), st.sampled_from([Source.SAMPLE, Source.NEXT, Source.ELSEWHERE])),
    ),
    max_size=60,
)


def _verdicts(relevant: int, irrelevant: int, probability: float = 0.8, source: Source = Source.INBOX) -> list[Reading]:
    return [Reading(probability, i < relevant, source) for i in range(relevant + irrelevant)]


def _chance(whole: int, relevant: int, drawn: int, at_most: int) -> float:
    """Hypergeometric chance, by counting."""
    ways = sum(math.comb(relevant, k) * math.comb(whole - relevant, drawn - k) for k in range(at_most + 1))
    return ways / math.comb(whole, drawn)


@given(st.integers(1, 80), st.data())
def test_sample_bounds_are_exact(whole: int, data: st.DataObject) -> None:
    drawn = data.draw(st.integers(0, whole))
    found = data.draw(st.integers(0, drawn))
    bound = most_relevant(whole, drawn, found, 0.05)
    assert found <= bound <= whole - (drawn - found)
    assert _chance(whole, bound, drawn, found) > 0.05 or bound == found
    if bound < whole - (drawn - found):
        assert _chance(whole, bound + 1, drawn, found) <= 0.05
    assert found <= least_relevant(whole, drawn, found, 0.05) <= bound


def test_sample_bound_of_a_large_whole_is_that_of_clopper_and_pearson() -> None:
    assert most_relevant(1_000_000, 60, 0, 0.05) / 1_000_000 == pytest.approx(1 - 0.05 ** (1 / 60), abs=1e-4)


@settings(max_examples=80, deadline=None)
@given(readings, st.lists(flagged, max_size=60), st.lists(others, max_size=60))
def test_whatever_is_read(read: list[Reading], inbox: list[float], rest: list[float]) -> None:
    result = estimate_remaining(read, inbox, rest)
    for left, n_unread in ((result.inbox, len(inbox)), (result.others, len(rest))):
        assert left.n_unread == n_unread
        assert 0 <= left.low <= left.expected <= left.high <= n_unread
    assert result.found == sum(one.relevant for one in read)
    for recall in (result.inbox_recall, result.recall):
        assert 0 <= recall.at_least <= 1
        assert recall.expected is None or 0 <= recall.expected <= 1
        assert recall.stop == (recall.reason in {Reason.ALL_READ, Reason.TARGET_REACHED})
    assert 0 <= result.sample_needed <= len(rest)
    assert result == estimate_remaining(read, pool(np.asarray(inbox)), pool(np.asarray(rest)))


@settings(max_examples=20, deadline=None)
@given(readings, st.lists(flagged, max_size=60))
def test_the_order_of_verdicts_does_not_matter(read: list[Reading], inbox: list[float]) -> None:
    one, other = (estimate_remaining(read[::step], inbox[::step], []).inbox for step in (1, -1))
    # Sums in another order may differ in the last bit, and a bound by one for that.
    assert (one.n_unread, one.basis) == (other.n_unread, other.basis)
    assert max(abs(one.low - other.low), abs(one.expected - other.expected), abs(one.high - other.high)) <= 1


def test_nothing_read() -> None:
    result = estimate_remaining([], [0.9] * 50, [0.01] * 500)
    assert (result.inbox.basis, result.others.basis) == (Basis.PROBABILITIES, Basis.PROBABILITIES)
    assert (result.inbox_recall.reason, result.recall.reason) == (Reason.NOTHING_READ, Reason.NOTHING_READ)
    assert 40 < result.inbox.expected < 47  # the model says 45, and may be off
    assert result.inbox.low < 35
    assert result.others.high > 25
    assert result.sample_needed > 100


def test_everything_read() -> None:
    result = estimate_remaining(_verdicts(7, 3) + _verdicts(1, 20, 0.1, Source.SAMPLE), [], [])
    assert (result.inbox.high, result.others.high, result.found) == (0, 0, 8)
    for recall in (result.inbox_recall, result.recall):
        assert (recall.expected, recall.at_least, recall.stop, recall.reason) == (1.0, 1.0, True, Reason.ALL_READ)
    assert result.sample_needed == 0


def test_empty_scan_may_stop() -> None:
    result = estimate_remaining([], [], [])
    assert result.recall.stop
    assert result.recall.expected is None


def test_verdicts_move_the_estimate() -> None:
    """More relevant verdicts on the same passages, more expected among the unread ones; and so for the sample."""
    inbox = [estimate_remaining(_verdicts(k, 40 - k), [0.8] * 100, []).inbox for k in range(0, 41, 5)]
    assert all(a.expected < b.expected and a.high <= b.high for a, b in pairwise(inbox))
    assert abs(inbox[4].expected - 50) < 5  # half of what was read was relevant, half of the rest is
    rest = [
        estimate_remaining(_verdicts(k, 60 - k, 0.05, Source.SAMPLE), [], [0.05] * 900).others for k in range(0, 13, 3)
    ]
    assert all(a.expected < b.expected and a.high < b.high for a, b in pairwise(rest))


def test_intervals_narrow_with_reading() -> None:
    widths = []
    for n_read in (0, 20, 60, 100, 180):
        left = estimate_remaining(_verdicts(n_read * 4 // 5, n_read // 5), [0.8] * (200 - n_read), []).inbox
        widths.append((left.high - left.low) / left.n_unread if n_read < 180 else 0.0)
    assert widths == sorted(widths, reverse=True)


def test_a_higher_target_or_confidence_never_stops_sooner() -> None:
    read, unread = _verdicts(190, 10, 0.97), [0.6] * 8
    at_least = [
        estimate_remaining(read, unread, [], confidence=c).inbox_recall.at_least for c in (0.5, 0.8, 0.95, 0.99)
    ]
    assert at_least == sorted(at_least, reverse=True)
    stops = [estimate_remaining(read, unread, [], target=t).inbox_recall.stop for t in (0.9, 0.95, 0.99, 1.0)]
    assert stops == sorted(stops, reverse=True)
    assert stops[0]
    assert not stops[-1]


def test_reasons() -> None:
    def reason(read: list[Reading], inbox: int, rest: int) -> Reason:
        return estimate_remaining(read, [0.7] * inbox, [0.02] * rest).recall.reason

    half = _verdicts(100, 20, 0.9)
    assert reason(half, 100, 900) is Reason.NO_SAMPLE
    assert reason(half + _verdicts(0, 60, 0.01, Source.SAMPLE), 100, 900) is Reason.TOO_MUCH_UNREAD
    assert reason(half + _verdicts(0, 60, 0.01, Source.SAMPLE), 0, 900) is Reason.OTHERS_UNCERTAIN
    assert reason(half + _verdicts(0, 60, 0.01, Source.SAMPLE), 0, 60) is Reason.TARGET_REACHED
    assert reason(half, 0, 0) is Reason.ALL_READ


def test_reasons_and_bases_have_words() -> None:
    for language in LANGUAGES:
        for kind in (Reason, Basis):
            words = [text(f"remaining.{kind.__name__.lower()}.{one}", language) for one in kind]
            assert len(set(words)) == len(words)


def test_the_sample_needed_suffices_and_no_less_does() -> None:
    read = _verdicts(100, 10, 0.9) + _verdicts(1, 59, 0.02, Source.SAMPLE)
    needed = estimate_remaining(read, [], [0.02] * 540).sample_needed
    allowed = 5  # of 106, 101 are 95 %
    assert most_relevant(600, 60 + needed, 1, 0.05) - 1 <= allowed
    assert most_relevant(600, 60 + needed - 1, 1, 0.05) - 1 > allowed
    further = _verdicts(0, needed, 0.02, Source.SAMPLE)
    assert estimate_remaining(read + further, [], [0.02] * (540 - needed)).recall.stop


def test_probabilities_alone_never_stop_the_whole_scan() -> None:
    """However sure the model is, a scan of which no random sample was read does not count as done."""
    inbox, rest = _verdicts(100, 5, 0.95), [1e-4] * 2000
    few = _verdicts(0, 20, 1e-4, Source.SAMPLE)
    following = _verdicts(0, 200, 0.05, Source.NEXT)
    assert estimate_remaining(inbox + following, [], rest).recall.reason is Reason.NO_SAMPLE
    assert estimate_remaining(inbox + following + few, [], rest).recall.reason is Reason.OTHERS_UNCERTAIN
    both = estimate_remaining(inbox + following + few * 3, [], rest)
    assert (both.recall.reason, both.recall.basis) == (Reason.TARGET_REACHED, Basis.VERDICTS)
    assert both.others.basis is Basis.VERDICTS


def test_opened_elsewhere_counts_as_found_and_proves_nothing_of_the_rest() -> None:
    sample = _verdicts(0, 60, 0.02, Source.SAMPLE)
    without = estimate_remaining(sample, [], [0.02] * 500)
    with_search = estimate_remaining(sample + _verdicts(9, 0, 0.3, Source.ELSEWHERE), [], [0.02] * 500)
    assert with_search.found == 9
    assert with_search.others == without.others


def test_slips_on_sure_passages_do_not_spoil_the_rest() -> None:
    """One in twelve sure passages rejected: less sure ones are not held to be much less relevant for that."""
    wrong = _verdicts(110, 10, 0.995)
    assert estimate_remaining(wrong, [0.8] * 100, []).inbox.expected > 60


def test_recalibration_finds_a_known_drift() -> None:
    rng = np.random.default_rng(11)
    x = rng.normal(0, 2, 20_000)
    relevant = rng.random(len(x)) < 1 / (1 + np.exp(-(0.8 * x - 1.2)))
    found = recalibrate(1 / (1 + np.exp(-x)), relevant, Drift(1.5, 0.5))
    assert float(found.weights @ found.offsets) == pytest.approx(-1.2, abs=0.1)
    assert float(found.weights @ found.slopes) == pytest.approx(0.8, abs=0.05)


def test_quantiles_of_counts_are_those_of_a_sum_of_throws() -> None:
    rng = np.random.default_rng(5)
    p = rng.uniform(0.05, 0.95, 40)
    one = np.ones(1)
    counts = Recalibration(0 * one, one, 0 * one, one).counts_of(pool(p))
    thrown = (rng.random((200_000, 40)) < p).sum(axis=1)
    for share in (0.025, 0.5, 0.95, 0.975):
        assert abs(counts.quantile(share) - np.quantile(thrown, share, method="inverted_cdf")) <= 1


@pytest.mark.parametrize(("target", "confidence"), [(0.0, 0.95), (1.1, 0.95), (0.95, 0.0), (0.95, 1.0)])
def test_ranges_are_checked(target: float, confidence: float) -> None:
    with pytest.raises(ValueError, match="out of range"):
        estimate_remaining([], [], [], target=target, confidence=confidence)


def test_simulated_scans_keep_their_word() -> None:
    """Probabilities off by random offset and slope, 5 % slips, noisy order: intervals and the rule hold."""
    rng = np.random.default_rng(2)
    inside, sample_inside, missed = [], [], []
    for _ in range(32):
        n = int(rng.integers(200, 1500))
        x = np.concatenate((rng.normal(2.5, 2.5, n // 5), rng.normal(-4, 1.5, n - n // 5)))
        p = 1 / (1 + np.exp(-x))
        verdict = rng.random(n) < 1 / (1 + np.exp(-(rng.normal(0, 0.5) + rng.normal(1, 0.15) * x)))
        verdict ^= rng.random(n) < 0.05
        inbox = np.flatnonzero(x >= 0)
        inbox = inbox[np.argsort(-(x[inbox] + rng.normal(0, 0.5, len(inbox))))]
        rest = rng.permutation(np.flatnonzero(x < 0))
        sample = [Reading(float(p[i]), bool(verdict[i]), Source.SAMPLE) for i in rest[:60]]
        for share in (0.4, 0.8, 0.95, 0.98):
            k = int(share * len(inbox))
            read = [Reading(float(p[i]), bool(verdict[i])) for i in inbox[:k]]
            result = estimate_remaining(read + sample, p[inbox[k:]], p[rest[60:]])
            left = int(verdict[inbox[k:]].sum())
            inside.append(result.inbox.low <= left <= result.inbox.high)
            if result.inbox_recall.stop:
                missed.append(int(verdict[inbox[:k]].sum()) < 0.95 * int(verdict[inbox].sum()))
                break
        sample_inside.append(result.others.low <= int(verdict[rest[60:]].sum()) <= result.others.high)
    assert np.mean(inside) >= 0.92
    assert np.mean(sample_inside) >= 0.92
    assert len(missed) >= 20
    assert np.mean(missed) <= 0.1
