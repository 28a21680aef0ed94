"""A drift report as one HTML page: no scripts, nothing from elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from capture.tally import SLOT_SECONDS
from drift import concept
from drift.charts import against, columns
from drift.judge import LEAST_PSI
from features.bins import FIRST, PROBABILITY_BOUNDS, bins
from features.contract import FEATURES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from capture.tally import Tally
    from drift.report import ConceptDrift, DriftReport
    from features.counts import Counts

SHOWN: Final = 12
"""Features whose distributions are drawn."""
RANKED: Final = 20
"""Features in the chart of distances."""
LEAST_TOLD: Final = 1e-50
"""Chances below are all the same."""
_HOUR_SLOTS: Final = 3_600 // SLOT_SECONDS
_MOST_COLUMNS: Final = 48
"""Of the volume over time; more are put together."""
_KEY: Final = (
    '<p class="soft"><span class="key baseline"></span> baseline '
    '<span class="key window"></span> window</p>'
)


def page(
    report: DriftReport,
    window: Tally | None,
    baseline: Counts | None,
    outcomes: Mapping[tuple[float, str], int],
) -> str:
    """Write the page of a report.

    Args:
        report: what it says.
        window: the counts that it judged.
        baseline: those that it judged them by.
        outcomes: of the version, by what was predicted and who won.

    """
    style = files("drift").joinpath("page.css").read_text(encoding="utf-8")
    sections = [*_head(report), *_concept(report.concept, outcomes)]
    if window is not None and baseline is not None and report.features:
        sections[1:1] = [
            _distances(report),
            _distributions(report, window.counts, baseline),
            _answers(report),
        ]
    if window is not None:
        sections.append(_volume(window))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Dexwatch drift: {report.verdict}</title><style>{style}</style></head>"
        f"<body>{''.join(sections)}</body></html>\n"
    )


def _head(report: DriftReport) -> Iterator[str]:
    span = (
        f"{report.since:%Y-%m-%d %H:%M} to {report.until:%Y-%m-%d %H:%M} UTC"
        if report.since and report.until
        else "no predictions"
    )
    usual = "not known yet" if report.volume.usual is None else f"{report.volume.usual:,.0f}"
    broken = {}
    if report.quality is not None:
        broken = {**report.quality.null, **report.quality.outside}
    unseen = f"{report.forms.share:.1%} of forms unseen" if report.forms else "forms not judged"
    yield (
        f'<h1>Drift of model {escape(report.model_version)}</h1><p class="soft">{span}; made '
        f"{report.computed_at:%Y-%m-%d %H:%M} UTC in {report.seconds:.2f} s</p>"
        f'<p class="verdict {report.verdict}">{report.verdict.replace("_", " ")}</p>'
        f"<p>{escape(report.detail)}</p>"
        f'<p class="soft">{report.rows:,} predictions beside a baseline of '
        f"{report.baseline_rows:,}; {unseen}; {len(broken)} features with broken values; "
        f"{report.skipped_files} files skipped; last hour {report.volume.last_hour:,} "
        f"predictions, usual {usual}</p>"
    )


def _distances(report: DriftReport) -> str:
    ranked = sorted(report.features, key=lambda feature: feature.psi, reverse=True)[:RANKED]
    most = max(feature.psi for feature in ranked) or 1
    rows = "".join(
        f"<span>{feature.name}</span>"
        f'<div class="bar{" moved" if feature.drifted else ""}" '
        f'style="width:{100 * feature.psi / most:.1f}%"></div>'
        f'<span class="number">{feature.psi:.3f}</span>'
        for feature in ranked
    )
    return (
        "<h2>How far features lie apart</h2>"
        '<p class="soft">Population stability index, less its mean under no drift. Coloured: '
        f"above {LEAST_PSI:g}, and not explained by chance.</p>"
        f'<div class="psi">{rows}</div>'
    )


def _distributions(report: DriftReport, window: Counts, baseline: Counts) -> str:
    order = sorted(
        range(len(FEATURES)),
        key=lambda place: (report.features[place].drifted, report.features[place].psi),
        reverse=True,
    )
    cards = []
    for place in order[:SHOWN]:
        feature, said = FEATURES[place], report.features[place]
        pairs = list(
            zip(
                bins().features[place].labels,
                baseline.feature(place),
                window.feature(place),
                strict=True,
            )
        )
        # Bins for what is broken are drawn only where something is.
        pairs = [pair for at, pair in enumerate(pairs) if at >= FIRST or pair[1] or pair[2]]
        labels, expected, actual = zip(*pairs, strict=True)
        cards.append(
            f'<div class="card"><h3>{feature.name}</h3>'
            f'<p class="soft">{escape(feature.meaning)} ({escape(feature.unit)}); '
            f"PSI {said.psi:.3f}, {_chance(said.p)}</p>"
            f"{columns(labels, _beside(expected, actual))}</div>"
        )
    return f'<h2>Those furthest apart</h2>{_KEY}<div class="cards">{"".join(cards)}</div>'


def _answers(report: DriftReport) -> str:
    found = report.predictions
    if found is None:
        return ""
    labels = [f"to {bound:g}" for bound in PROBABILITY_BOUNDS]
    drawn = columns(labels, [("baseline", found.baseline), ("window", found.window)])
    return (
        f'<h2>Win probabilities</h2>{_KEY}<div class="cards"><div class="card">'
        f'<p class="soft">PSI {found.psi:.3f}, {_chance(found.p)}</p>{drawn}</div></div>'
    )


def _concept(
    judged: Sequence[ConceptDrift], outcomes: Mapping[tuple[float, str], int]
) -> Iterator[str]:
    yield "<h2>Feedback</h2>"
    if not judged:
        yield "<p>No feedback yet.</p>"
        return
    rows = "".join(
        f"<tr><td>{escape(one.model_version)}</td><td>{one.judged:,}</td><td>{one.predicted:.3f}"
        f"</td><td>{one.won:.3f}</td><td>{one.wins_z:+.1f}</td><td>{one.brier:.3f}</td>"
        f"<td>{one.expected_brier:.3f}</td><td>{one.brier_z:+.1f}</td>"
        f"<td>{'yes' if one.drifted else 'no' if one.enough else 'too few'}</td></tr>"
        for one in judged
    )
    yield (
        '<div class="wide"><table><tr><th>version</th><th>judged</th><th>predicted</th>'
        "<th>won</th><th>z</th><th>Brier</th><th>calibrated</th><th>z</th><th>drifted</th></tr>"
        f"{rows}</table></div>"
    )
    if outcomes:
        yield (
            '<div class="cards"><div class="card"><p class="soft">What was won (up) of what was '
            "predicted (across); a calibrated model's points lie on the line, larger ones hold "
            f"more predictions.</p>{against(list(concept.calibration(outcomes)))}</div></div>"
        )


def _volume(window: Tally) -> str:
    first, last = min(window.slots), max(window.slots)
    slots = last - first + 1
    width = max(1, -(-slots // _MOST_COLUMNS))
    if width > 1:
        width = -(-width // _HOUR_SLOTS) * _HOUR_SLOTS
    starts = range(first, last + 1, width)
    rows = [
        float(sum(window.slots.get(slot, 0) for slot in range(start, start + width)))
        for start in starts
    ]
    labels = [f"{datetime.fromtimestamp(start * SLOT_SECONDS, UTC):%d. %H:%M}" for start in starts]
    minutes = width * SLOT_SECONDS // 60
    return (
        '<h2>Volume</h2><div class="cards"><div class="card"><p class="soft">Predictions in each '
        f"{minutes} minutes, UTC</p>{columns(labels, [('window', rows)], shares=False)}"
        "</div></div>"
    )


def _chance(p: float) -> str:
    return f"p {p:.2g}" if p >= LEAST_TOLD else f"p below {LEAST_TOLD:g}"


def _beside(expected: Sequence[int], actual: Sequence[int]) -> list[tuple[str, list[float]]]:
    return [
        (style, [count / sum(counts) for count in counts])
        for style, counts in (("baseline", expected), ("window", actual))
    ]
