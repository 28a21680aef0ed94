"""The statistics beside SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import rel_entr
from scipy.stats import chi2_contingency, false_discovery_control

from drift.statistics import LEAST_EXPECTED, chi_square, compare, holm, pooled, psi

_counts = st.lists(st.integers(0, 3_000), min_size=3, max_size=20)


@given(st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 900)), min_size=2, max_size=20))
@settings(max_examples=200)
def test_the_test_is_scipys_over_the_pooled_bins(bins: list[tuple[int, int]]) -> None:
    """Statistic and chance are those of chi2_contingency."""
    table = np.array(bins, float).T
    if not table.sum(axis=1).all():
        return
    merged = pooled(table)

    found = compare(*table)

    assert merged.sum(axis=1).tolist() == table.sum(axis=1).tolist()
    if merged.shape[1] < 2:
        assert (found.p, found.psi) == (1.0, 0.0)
        return
    expected = chi2_contingency(merged, correction=False)
    assert chi_square(merged) == pytest.approx(expected.statistic)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-9)
    assert expected.expected_freq.min() >= min(LEAST_EXPECTED, table.sum(axis=1).min())


@given(_counts, st.data())
def test_psi_is_the_sum_of_both_relative_entropies(
    baseline: list[int], data: st.DataObject
) -> None:
    """With half a row more in each bin, by SciPy's rel_entr."""
    size = len(baseline)
    window = data.draw(st.lists(st.integers(0, 900), min_size=size, max_size=size))
    p, q = ((np.array(counts) + 0.5) / (sum(counts) + 0.5 * size) for counts in (baseline, window))

    found = psi(np.array(baseline, float), np.array(window, float))

    assert found == pytest.approx((rel_entr(p, q) + rel_entr(q, p)).sum())


def test_a_large_table_agrees_with_scipy() -> None:
    """Where nothing is sparse, nothing is pooled."""
    draw = np.random.default_rng(2)
    table = draw.multinomial(5_000, [0.1] * 10, size=2).astype(float)
    expected = chi2_contingency(table, correction=False)
    assert pooled(table).tolist() == table.tolist()
    assert chi_square(table) == pytest.approx(expected.statistic)


def test_psi_of_undrifted_samples_is_nought_on_the_average() -> None:
    """Two samples of one population lie apart by chance alone, and that is taken off."""
    draw = np.random.default_rng(3)
    shares = np.arange(1, 11) / 55
    baseline = draw.multinomial(10_000, shares, size=400)
    window = draw.multinomial(300, shares, size=400)
    raw = [psi(a.astype(float), b.astype(float)) for a, b in zip(baseline, window, strict=True)]
    bias = 9 * (1 / 10_000 + 1 / 300)
    assert np.mean(raw) == pytest.approx(bias, rel=0.1)
    assert np.median([compare(a, b).psi for a, b in zip(baseline, window, strict=True)]) < 0.005


def test_chances_of_undrifted_samples_are_even() -> None:
    """A hundredth of them is below a hundredth, also where bins are sparse."""
    draw = np.random.default_rng(4)
    shares = np.array([0.5, 0.3, 0.15, 0.03, 0.01, 0.005, 0.003, 0.002])
    found = [
        compare(draw.multinomial(10_000, shares), draw.multinomial(500, shares)).p
        for _ in range(4_000)
    ]
    assert 0.005 < np.mean(np.array(found) < 0.01) < 0.015
    assert 0.45 < np.mean(np.array(found) < 0.5) < 0.55


def test_holm_lies_between_one_test_and_bonferroni() -> None:
    """The smallest counts for all, the largest for itself, and the order stays."""
    assert holm([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.09, 0.09, 0.5])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    chances = np.random.default_rng(5).random(133).tolist()
    # Whatever Holm finds, the more lenient control of false discoveries finds as well.
    lenient = false_discovery_control(chances)
    assert all(strict >= other for strict, other in zip(holm(chances), lenient, strict=True))
