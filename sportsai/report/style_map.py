"""Which teams play alike? A map of team fingerprints, and a table of how far every team lies from every other.

svg = draw_style_map(names, prints, before=earlier, path=Path("map.svg"))  # prints (teams, F): sportsai.data.styles
svg = draw_neighbours(names, prints)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sportsai.data.styles import distances
from sportsai.errors import DataError
from sportsai.report.colors import LEAST_CONTRAST, LIGHT, contrast, ink_on
from sportsai.report.scores.sheet import (
    ACCENT,
    INK,
    LINE,
    MANY,
    MUTED,
    PALE,
    SMALL_PT,
    TEXT_PT,
    Sheet,
    clean,
    decimal,
    measured,
    ramp,
    style,
    write_picture,
)  # fmt: skip

Float = NDArray[np.float64]

SIDE, TALL = 640.0, 460.0  # the map, points


def draw_style_map(
    names: Sequence[str], prints: ArrayLike, *, before: ArrayLike | None = None, counts: ArrayLike | None = None,
    colors: Sequence[str] | None = None, metric: str = "cosine", centred: bool = True, path: Path | None = None,
) -> str:  # fmt: skip
    """Return a map of teams on which near means alike, as SVG; also write it to `path` when given.

    Parameters
    ----------
    names: of the teams; abbreviations read best. prints (teams, F): their fingerprints.
    before (teams, F): earlier fingerprints; an arrow leads from each to the later one. Rows of NaN: none.
    counts (teams,): possessions in each fingerprint; more make its point larger.
    colors: #rrggbb a team. metric, centred: as `sportsai.data.styles.neighbours`.

    Raises DataError when there are fewer than two teams or the arrays do not fit together.
    """
    x, told = _checked(names, prints)
    old, moved = _earlier(before, x)
    many = _counts(counts, len(x))
    whole = np.concatenate([x, old[moved]])
    away = _distances(whole, x, metric, centred)
    places, kept = _mds(away)
    with style():
        title, note = _map_said(told, away, moved, many, metric, centred, kept)
        sheet = Sheet(SIDE, TALL, title, note)
        ax = sheet.axes(0, 0, SIDE, TALL)
        at, scale = _fitted(places)
        _ground(ax, scale)
        _marks(ax, at, away[: len(x), : len(x)], moved, many, _colors(colors, len(x)))
        _labels(ax, told, at, moved, many)
        content = sheet.svg()
    if path is not None:
        write_picture(path, content)
    return content.decode()


def draw_neighbours(
    names: Sequence[str], prints: ArrayLike, *, metric: str = "cosine", centred: bool = True, path: Path | None = None
) -> str:
    """Return the distance of every team from every other, like teams side by side, and each team's nearest three.

    Raises DataError when there are fewer than two teams or the arrays do not fit together.
    """
    x, told = _checked(names, prints)
    away = _distances(x, x, metric, centred)
    order, tree = _order(away)
    away, told = away[np.ix_(order, order)], [told[i] for i in order]
    with style():
        content = _table(told, away, tree, metric, centred).svg()
    if path is not None:
        write_picture(path, content)
    return content.decode()


def _checked(names: Sequence[str], prints: ArrayLike) -> tuple[Float, list[str]]:
    x = np.asarray(prints, np.float64)
    if x.ndim != 2 or not x.shape[1]:
        raise DataError(f"fingerprints of shape {x.shape}", expected="(teams, F)")
    if len(x) != len(names):
        raise DataError(f"{len(names)} names of {len(x)} fingerprints", expected="one each")
    if len(x) < 2:
        raise DataError(f"{len(x)} team", expected="at least 2 to set beside each other")
    if not np.isfinite(x).all():
        raise DataError(f"a fingerprint of {clean(names[int(np.argmin(np.isfinite(x).all(1)))])} is not finite")
    return x, [clean(n, 14) for n in names]


def _earlier(before: ArrayLike | None, x: Float) -> tuple[Float, NDArray[np.int64]]:
    """Return the earlier fingerprints and whose there are."""
    if before is None:
        return np.full_like(x, np.nan), np.zeros(0, np.int64)
    old = np.asarray(before, np.float64)
    if old.shape != x.shape:
        raise DataError(f"earlier fingerprints of shape {old.shape}", expected=str(x.shape))
    return old, np.flatnonzero(np.isfinite(old).all(1))


def _counts(counts: ArrayLike | None, n: int) -> Float | None:
    if counts is None:
        return None
    many = np.asarray(counts, np.float64).reshape(-1)
    if len(many) != n or not (many > 0).all():
        raise DataError(f"{len(many)} counts of {n} fingerprints", expected="one positive number each")
    return many


def _colors(colors: Sequence[str] | None, n: int) -> list[str]:
    if colors is None:
        return [ACCENT] * n
    if len(colors) != n:
        raise DataError(f"{len(colors)} colours of {n} teams", expected="one each")
    return [str(c).lower() for c in colors]


def _distances(whole: Float, x: Float, metric: str, centred: bool) -> Float:
    away = distances(whole - x.mean(0) if centred else whole, whole - x.mean(0) if centred else whole, metric)
    away = (away + away.T) / 2
    np.fill_diagonal(away, 0)
    return away


def _mds(away: Float) -> tuple[Float, float]:
    """Return places (m, 2) by classical scaling, and how well their distances follow (r² over pairs; 1 for one pair).

    Source: Torgerson, Psychometrika 17 (1952) 401.
    """
    m = len(away)
    middle = np.eye(m) - 1 / m
    value, vector = np.linalg.eigh(-0.5 * middle @ away**2 @ middle)
    value, vector = value[::-1][:2], vector[:, ::-1][:, :2]
    vector = vector * np.where(vector[np.abs(vector).argmax(0), range(vector.shape[1])] < 0, -1, 1)
    places = vector * np.sqrt(np.maximum(value, 0))
    pairs = np.triu_indices(m, 1)
    shown, true = np.linalg.norm(places[pairs[0]] - places[pairs[1]], axis=1), away[pairs]
    if len(true) < 2 or shown.std() < 1e-12 or true.std() < 1e-12:
        return places, 1.0
    return places, float(np.corrcoef(shown, true)[0, 1] ** 2)


def _fitted(places: Float) -> tuple[Float, float]:
    """Return places in points from the map's bottom left, its white kept free, and points a unit of distance."""
    low, high = places.min(0), places.max(0)
    if (high - low)[1] > (high - low)[0]:
        places, low, high = places[:, ::-1], low[::-1], high[::-1]
    room = np.array([SIDE - 120, TALL - 90])
    span = np.maximum(high - low, 1e-12)
    scale = float((room / span).min()) if (high - low).max() > 1e-9 else 0.0
    return (places - (low + high) / 2) * scale + np.array([SIDE, TALL]) / 2, scale


def _ground(ax: Any, scale: float) -> None:
    """Draw the empty map: a frame, no axes, a scale."""
    ax.set(xlim=(0, SIDE), ylim=(0, TALL), xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(visible=True, color=LINE)
    if scale:
        step = 10 ** math.floor(math.log10(140 / scale))
        step *= max(k for k in (1, 2, 5) if k * step * scale <= 140)
        right, y = SIDE - 16, 16
        ax.plot([right - step * scale, right], [y, y], color=MUTED, lw=1.2, solid_capstyle="butt")
        for x in (right - step * scale, right):
            ax.plot([x, x], [y - 3, y + 3], color=MUTED, lw=1.2)
        said = f"distance {decimal(step) if 0.01 <= step < 1 else f'{step:g}'}"
        ax.text(right, y + 8, said, size=SMALL_PT, color=MUTED, ha="right")
    ax.text(14, 13, "The axes have no meaning: only distance counts.", size=SMALL_PT, color=MUTED)


def _size(many: Float | None, i: int) -> float:
    """Return the diameter of a team's point."""
    return 9.0 if many is None else 5.0 + 7.0 * math.sqrt(many[i] / many.max())


def _marks(
    ax: Any, at: Float, away: Float, moved: NDArray[np.int64], many: Float | None, colors: Sequence[str]
) -> None:
    """Draw each team, a hair line to the team nearest in all dimensions, and where it came from."""
    n = len(colors)
    near = (away + np.diag(np.full(n, np.inf))).argmin(1)
    for i, j in sorted({(min(i, int(j)), max(i, int(j))) for i, j in enumerate(near)}):
        ax.plot(*at[[i, j]].T, color=LINE, lw=1.4, zorder=1)
    for k, i in enumerate(moved):
        start, end = at[n + k], at[i]
        ax.plot(*start, "o", ms=5, mfc="white", mec=MUTED, mew=1.2, zorder=3)
        if np.hypot(*(end - start)) > 12:
            look = {"arrowstyle": "-|>,head_width=.22,head_length=.45", "color": MUTED, "lw": 1.1}
            gap = {"shrinkA": 3, "shrinkB": _size(many, i) / 2 + 2}
            ax.annotate("", end, start, arrowprops=look | gap, zorder=2)
    for i, color in enumerate(colors):
        plain = color.startswith("#") and len(color) == 7 and contrast(color, LIGHT) >= LEAST_CONTRAST
        ax.plot(*at[i], "o", ms=_size(many, i), mfc=color, mec="white" if plain else INK, mew=0.8, zorder=4)


def _labels(ax: Any, names: Sequence[str], at: Float, moved: NDArray[np.int64], many: Float | None) -> None:
    """Write each name at the nearest free place about its point; a hair line leads to it where that is far."""
    n = len(names)
    points = [(float(x), float(y), (_size(many, i) if i < n else 5.0) / 2 + 1) for i, (x, y) in enumerate(at)]
    lines = [_along(at[n + k], at[i]) for k, i in enumerate(moved)]
    taken = [(8.0, 6.0, 298.0, 24.0), (SIDE - 170, 4.0, SIDE - 4, 36.0)]  # what is written on the map already
    crowd = (np.linalg.norm(at[:, None] - at[None], axis=-1) < 40).sum(1)
    for i in sorted(range(n), key=lambda i: (-int(crowd[i]), i)):
        w, h = measured(names[i], TEXT_PT, bold=True), 12.0
        best, cost = None, math.inf
        for ring, radius in enumerate((6, 11, 18, 26, 36, 48, 62, 78, 96)):
            for turn, angle in enumerate(np.radians([0, 180, 90, 270, 35, -35, 145, -145, 60, -60, 120, -120])):
                x = at[i, 0] + np.cos(angle) * (radius + w / 2 + 2) - w / 2
                y = at[i, 1] + np.sin(angle) * (radius + h / 2) - h / 2
                box = (float(x), float(y), float(x + w), float(y + h))
                if box[0] < 4 or box[1] < 4 or box[2] > SIDE - 4 or box[3] > TALL - 4:
                    continue
                over = sum(_meet(box, other) for other in taken)
                over += sum(_meet(box, (a - r, b - r, a + r, b + r)) for a, b, r in points)
                crossed = sum(bool(_inside(box, line).any()) for line in lines)
                worth = over * 1000 + crossed * 30 + ring * 10 + turn * 0.5
                if worth < cost:
                    best, cost = (box, ring), worth
            if cost < 1000 and best is not None and best[1] < ring:
                break
        box = best[0] if best else (float(at[i, 0]), float(at[i, 1]), float(at[i, 0]) + w, float(at[i, 1]) + h)
        taken.append((box[0] - 2, box[1] - 1, box[2] + 2, box[3] + 1))
        if best and best[1] >= 3:
            ends = [(min(max(at[i, 0], box[0]), box[2]), min(max(at[i, 1], box[1]), box[3])), tuple(at[i])]
            ax.plot(*np.array(ends).T, color=PALE, lw=0.8, zorder=1)
        ax.text(box[0], box[1] + 2, names[i], weight="bold", zorder=5)


def _along(a: Float, b: Float) -> Float:
    return a + (b - a) * np.linspace(0, 1, 25)[:, None]


def _meet(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _inside(box: tuple[float, ...], line: Float) -> NDArray[np.bool_]:
    x, y = line.T
    return (box[0] <= x) & (x <= box[2]) & (box[1] <= y) & (y <= box[3])


def _map_said(
    names: Sequence[str], away: Float, moved: NDArray[np.int64], many: Float | None, metric: str, centred: bool,
    kept: float,
) -> tuple[str, str]:  # fmt: skip
    n = len(names)
    own = away[:n, :n] + np.diag(np.full(n, np.inf))
    i, j = divmod(int(own.argmin()), n)
    title = f"Near means alike: {names[i]} and {names[j]} " + (
        f"play most alike (distance {decimal(own[i, j])})" if n > 2 else f"lie {decimal(own[i, j])} apart"
    )
    if len(moved):
        went = np.array([away[n + k, i] for k, i in enumerate(moved)])
        title += f"; {names[int(moved[went.argmax()])]} changed most ({decimal(went.max())})"
    note = [f"Distance: {_meant(metric, centred)}.", f"The map keeps r² = {decimal(kept)} of the distances."]
    note.append(f"{n} teams" + (f", n = {_range(many)} possessions each (larger: more)." if many is not None else "."))
    note.append("Grey lines join each team to the one truly nearest.")
    if len(moved):
        note.append("Arrows lead from a team’s earlier games to its later ones.")
    return title, " ".join(note)


def _meant(metric: str, centred: bool) -> str:
    if metric == "cosine":
        return "1 − cosine of two fingerprints" + (", the mean of all teams taken off" if centred else "")
    return "Euclid’s, between two fingerprints"


def _range(many: Float) -> str:
    low, high = f"{many.min():,.0f}", f"{many.max():,.0f}"
    return low if low == high else f"{low} to {high}"


def _order(away: Float) -> tuple[NDArray[np.int64], Float]:
    """Return the teams so that like ones are neighbours, and the tree they were joined by (average linkage)."""
    from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
    from scipy.spatial.distance import squareform

    flat = squareform(away, checks=False)
    tree = optimal_leaf_ordering(linkage(flat, "average"), flat)
    return np.asarray(leaves_list(tree), np.int64), np.asarray(tree, np.float64)


def _table(names: Sequence[str], away: Float, tree: Float, metric: str, centred: bool) -> Sheet:
    from matplotlib.colors import to_hex

    n = len(names)
    cell = min(max(450 / n, 11.0), 48.0)
    few = n <= MANY and cell >= 34
    size = TEXT_PT if few else min(SMALL_PT, cell - 1)
    widest = max(measured(s, size, bold=True) for s in names)
    near = _nearest(names, away)
    strip = max(measured(s, size) for s in near)
    left, twigs = widest + 8, 64.0
    flat = widest <= cell - 4
    top = 20.0 if flat else widest + 14
    wide = left + n * cell + twigs + 20 + max(strip, 120)
    pairs = away[np.triu_indices(n, 1)]
    own = away + np.diag(np.full(n, np.inf))
    i, j = divmod(int(own.argmin()), n)
    alone = int(own.min(1).argmax())
    title = f"{names[i]} and {names[j]} lie {decimal(own[i, j])} apart"
    if n > 2:
        title = f"{names[i]} and {names[j]} play most alike ({decimal(own[i, j])})"
        title += f"; {names[alone]} is furthest from any other ({decimal(own[alone].min())})"
    note = (
        f"Distance of {n} teams: {_meant(metric, centred)}. Dark is near. Like teams stand side by side (average "
        "linkage, drawn on the right), so blocks on the diagonal are groups."
    )
    sheet = Sheet(max(wide, 400), top + n * cell + 46, title, note)
    ax = sheet.axes(left, top, n * cell, n * cell)
    low, high = float(pairs.min()), float(pairs.max())
    colors = ramp(0.04).reversed()
    shown = np.where(np.eye(n, dtype=bool), np.nan, away)
    ax.pcolormesh(
        np.ma.masked_invalid(shown), cmap=colors, vmin=low, vmax=high if high > low else low + 1, edgecolors="white",
        linewidth=0.8,
    )  # fmt: skip
    ax.set(xlim=(0, n), ylim=(n, 0), xticks=[], yticks=[], facecolor=LINE)
    for spine in ax.spines.values():
        spine.set_visible(False)
    sheet.text(left + n * cell + twigs + 20, top - 8, "nearest", size=size, color=MUTED)
    for k, name in enumerate(names):
        x, y = left + (k + 0.5) * cell, top + (k + 0.5) * cell + 0.36 * size
        sheet.text(left - 8, y, name, size=size, ha="right", weight="bold")
        if flat:
            sheet.text(x, top - 8, name, size=size, ha="center", weight="bold")
        else:
            sheet.text(x + 0.36 * size, top - 6, name, size=size, weight="bold", rotation=90, rotation_mode="anchor")
        sheet.text(left + n * cell + twigs + 20, y, near[k], size=size, color=MUTED)
        for m in range(n) if few else ():
            if m != k:
                share = (away[k, m] - low) / (high - low) if high > low else 0.0
                ink = ink_on(to_hex(colors(share)))
                sheet.text(left + (m + 0.5) * cell, y, decimal(away[k, m]), size=size, color=ink, ha="center")
    _twigs(sheet, tree, left + n * cell + 6, top, cell, twigs)
    if high > low:
        _scale(sheet, colors, low, high, left, top + n * cell + 18, 180)
    return sheet


def _nearest(names: Sequence[str], away: Float, k: int = 3) -> list[str]:
    """Return each team's nearest others with their distance."""
    said = []
    for i in range(len(names)):
        order = [j for j in np.argsort(away[i], kind="stable") if j != i][:k]
        said.append(", ".join(f"{names[j]} {decimal(away[i, j])}" for j in order))
    return said


def _twigs(sheet: Sheet, tree: Float, left: float, top: float, cell: float, wide: float) -> None:
    """Draw how teams were joined, from the cells outwards."""
    from scipy.cluster.hierarchy import dendrogram

    drawn = dendrogram(tree, no_plot=True)
    most = max(float(np.max(drawn["dcoord"])), 1e-12)
    for places, heights in zip(drawn["icoord"], drawn["dcoord"], strict=True):
        x = left + np.asarray(heights) / most * (wide - 8)
        sheet.line(x, top + np.asarray(places) / 10 * cell, color=PALE, lw=1)


def _scale(sheet: Sheet, colors: Any, low: float, high: float, left: float, top: float, wide: float) -> None:
    """Draw what the colours are, lying under the table."""
    ax = sheet.axes(left, top, wide, 10)
    ax.imshow(np.linspace(0, 1, 64)[None], cmap=colors, aspect="auto", vmin=0, vmax=1)
    ax.set_axis_off()
    sheet.text(left, top + 24, f"{decimal(low)} alike", size=SMALL_PT, color=MUTED)
    sheet.text(left + wide, top + 24, f"unlike {decimal(high)}", size=SMALL_PT, color=MUTED, ha="right")
