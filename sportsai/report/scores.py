"""The figures of a results table: where models lie, what is taken for what, whether stated probabilities hold.

paths = draw_scores(table, Path("runs/hockey-plays"))  # SVG with text that can be selected, one file a figure

A figure whose data the table has not is left out.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import math
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sportsai.errors import StoreError, missing_extra, one_line
from sportsai.library.atomic import write_bytes
from sportsai.report.colors import ink_on
from sportsai.report.counts import wilson
from sportsai.report.svg import short

Float = NDArray[np.float64]

INK, MUTED, LINE, PALE = "#16191d", "#5c646e", "#dfe3e7", "#b4bbc3"  # as the page's style sheet
ACCENT, SECOND, THIRD = "#4a3fc4", "#b45309", "#0f766e"
TITLE_PT, TEXT_PT, SMALL_PT = 16.0, 12.0, 10.0
PAD = 24.0  # white around everything, points
MANY = 12  # more classes than this: a heat map without numbers, no panel a class
_MEASURED = "DejaVu Sans"  # comes with matplotlib, so text is as wide everywhere; readers see their own system's font
_SHOWN = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_SPOKEN = {
    "boosted": "Gradient boosting", "boosted_simple": "Simple gradient boosting", "idt_svm": "IDT + SVM",
    "majority": "Majority", "shared_compare": "Shared-Compare", "stacked": "Stacked", "track_gin": "TrackGIN",
    "track_set": "TrackSet", "pair_former": "PairFormer", "chance": "Chance",
}  # fmt: skip
_WAS, _HELD = "what it was ↓", "right when said"
_BOOSTED = ("boosted", "boosted_simple")


def draw_scores(table: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write every figure the results table has data for into `folder` and return their paths.

    precision_recall.svg, confusion.svg, reliability.svg, models.svg. The table is what `compare`, `unseen`, `evaluate`
    or `score_weights` returns, or the same read back from JSON.

    Raises SportsaiError when matplotlib is not installed, StoreError when a file cannot be written.
    """
    figures: dict[str, Callable[[Mapping[str, Any]], Sheet | None]] = {
        "models.svg": _models, "precision_recall.svg": _precision_recall, "confusion.svg": _confusion,
        "reliability.svg": _reliability,
    }  # fmt: skip
    written = []
    for name, draw in figures.items():
        with style():
            sheet = draw(table)
            content = sheet.svg() if sheet is not None else None
        if content is not None:
            written.append(write_picture(folder / name, content))
    return written


def write_picture(path: Path, content: bytes) -> Path:
    """Write a picture, all or nothing, making its folder, and return its path."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content)
    except OSError as error:
        raise StoreError(f"cannot be written ({error.strerror})", where=path) from None
    return path


@contextlib.contextmanager
def style() -> Iterator[None]:
    """Draw with matplotlib's defaults and our look, whatever the user's settings are; they come back afterwards."""
    try:
        import matplotlib
    except ImportError:
        raise missing_extra("matplotlib", "plots") from None
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # the reader's font has it
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(
            {
                "svg.fonttype": "none", "svg.hashsalt": "sportsai", "text.parse_math": False, "text.usetex": False,
                "font.family": ["sans-serif"], "font.sans-serif": [_MEASURED], "font.size": TEXT_PT,
                "text.color": INK, "axes.edgecolor": PALE, "axes.labelcolor": MUTED, "axes.labelsize": TEXT_PT,
                "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.8, "axes.axisbelow": True,
                "xtick.color": PALE, "ytick.color": PALE, "xtick.labelcolor": MUTED, "ytick.labelcolor": MUTED,
                "xtick.labelsize": TEXT_PT, "ytick.labelsize": TEXT_PT, "grid.color": LINE, "grid.linewidth": 0.8,
            }
        )  # fmt: skip
        yield


def measured(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of a line of text, points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    prop = FontProperties(family=_MEASURED, size=size, weight="bold" if bold else "normal")
    return float(text_to_path.get_text_width_height_descent(text, prop, ismath=False)[0]) if text else 0.0


def clean(text: object, most: int = 26) -> str:
    """Return a name as it can stand in a drawing: one line, cut, and no character that XML has not."""
    return short(one_line(_xml(str(text))), most)


def called(name: str, most: int = 26) -> str:
    """Return a class's name as people write it."""
    return clean(name.replace("_", " "), most)


def decimal(v: float, digits: int = 2) -> str:
    """Return a share as .55 (1 as 1.00, negative as −.03)."""
    text = f"{abs(v):.{digits}f}"
    return ("−" if v < 0 and float(text) else "") + text.removeprefix("0")


def percent(v: float) -> str:
    """Return 55 % with a space that does not break."""
    return f"{100 * v:.0f}\u00a0%"


class Sheet:
    """A picture under way, its places in points from the top left, under a head that says the finding and the rest.

    Parameters
    ----------
    width, height: of the body in points, without the white around it and the head.
    title: the finding. note: what is drawn, of what, how many. key: (label, colour, dashed) of each line style, set
        under the note.
    """

    def __init__(
        self, width: float, height: float, title: str, note: str, key: Sequence[tuple[str, str, bool]] = ()
    ) -> None:
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure

        self.title = _xml(title)
        heads = _wrapped(self.title, width, TITLE_PT, bold=True)
        notes = _wrapped(_xml(note), width, TEXT_PT)
        top = PAD + 22 * len(heads) + 6 + 17 * len(notes) + (24 if key else 0) + 12
        self.top, self.width, self.height = top, width + 2 * PAD, top + height + PAD
        self.figure = Figure(figsize=(self.width / 72, self.height / 72), dpi=72, facecolor="white")
        FigureCanvasSVG(self.figure)
        y = PAD - top
        for line in heads:
            self.text(0, y + 14, line, size=TITLE_PT, weight="bold")
            y += 22
        y += 4
        for line in notes:
            self.text(0, y + 12, line, color=MUTED)
            y += 17
        x = 0.0
        for label, color, dashed in key:
            self.line([x, x + 20], [y + 14, y + 14], color=color, lw=2, ls=(0, (3, 2)) if dashed else "-")
            self.text(x + 26, y + 18, label, color=color)
            x += 26 + measured(label, TEXT_PT) + 24

    def axes(self, left: float, top: float, width: float, height: float) -> Any:
        """Return new axes in the body."""
        h = self.height
        down = (h - self.top - top - height) / h
        return self.figure.add_axes(((PAD + left) / self.width, down, width / self.width, height / h))

    def text(self, x: float, y: float, text: str, **look: Any) -> None:
        """Put a line of text with its baseline at y of the body."""
        look = {"size": TEXT_PT, "va": "baseline", **look}
        self.figure.text((PAD + x) / self.width, 1 - (self.top + y) / self.height, text, **look)

    def line(self, x: ArrayLike, y: ArrayLike, **look: Any) -> None:
        """Draw a line through points of the body."""
        from matplotlib.lines import Line2D

        xs = (PAD + np.asarray(x, float)) / self.width
        ys = 1 - (self.top + np.asarray(y, float)) / self.height
        self.figure.add_artist(Line2D(xs, ys, transform=self.figure.transFigure, **look))

    def svg(self) -> bytes:
        """Return the picture; the same for the same data."""
        buffer = io.BytesIO()
        about = {"Date": None, "Creator": None, "Title": self.title}
        self.figure.savefig(buffer, format="svg", metadata=about, facecolor="white")
        said = re.sub(r"<!--.*?-->\n? *", "", buffer.getvalue().decode(), flags=re.DOTALL)
        said = re.sub(rf"(style=\"[^\"]*font[^\"]*?)'{_MEASURED}', sans-serif", rf"\1{_SHOWN}", said)
        said = re.sub(
            r'<svg (.*?)width="([\d.]+)pt" height="([\d.]+)pt"', r'<svg role="img" \1width="\2" height="\3"', said
        )
        return said.encode()


def panel_words(ax: Any, x: float, y: float, text: str, **look: Any) -> None:
    """Put text at (x, y) points from the top left of the axes' box, y upwards."""
    look = {"size": TEXT_PT, "va": "baseline", "annotation_clip": False, **look}
    ax.annotate(text, (0, 1), xycoords="axes fraction", xytext=(x, y), textcoords="offset points", **look)


def ramp(low: float = 0.0) -> Any:
    """Return the sequential colours: white at naught, then viridis from yellow to dark violet."""
    import matplotlib
    from matplotlib.colors import LinearSegmentedColormap

    viridis = matplotlib.colormaps["viridis_r"]
    stops = [(0.0, "#ffffff"), (0.1, viridis(0.06))]
    stops += [(0.1 + 0.9 * t, viridis(0.06 + 0.94 * t)) for t in np.linspace(0, 1, 25)[1:]]
    whole = LinearSegmentedColormap.from_list("sportsai", stops, N=512)
    return LinearSegmentedColormap.from_list("sportsai", whole(np.linspace(low, 1, 256))) if low else whole


def color_bar(sheet: Sheet, left: float, top: float, height: float, colors: Any, ends: tuple[str, str, str]) -> None:
    """Draw a slim scale: its colours from the bottom up, what its two ends are, and what it measures on top."""
    ax = sheet.axes(left, top, 10, height)
    ax.imshow(np.linspace(0, 1, 64)[::-1, None], cmap=colors, aspect="auto", vmin=0, vmax=1)
    ax.set_axis_off()
    sheet.line([left, left + 10, left + 10, left, left], [top, top, top + height, top + height, top], color=LINE, lw=1)
    sheet.text(left + 16, top + height, ends[0], size=SMALL_PT, color=MUTED)
    sheet.text(left + 16, top + 8, ends[1], size=SMALL_PT, color=MUTED)
    sheet.text(left, top - 8, ends[2], size=SMALL_PT, color=MUTED)


def spoken(model: str) -> str:
    """Return how a model is called in a sentence; a joined one names its parts."""
    name, comma, more = model.partition(", ")
    parts = [_SPOKEN.get(part, part) for part in name.split(" + ")]
    told = " + ".join([parts[0], *(_lower(p) if p.endswith("boosting") else p for p in parts[1:])])
    keys = {"known key": "key player known", "unknown key": "key player unknown"}
    return clean(told + comma + keys.get(more, more), 60)


def _models(table: Mapping[str, Any]) -> Sheet | None:
    """Return every model's headline figure with its interval, sorted, chance dashed."""
    name = str(table.get("headline") or "mAP")
    groups = _groups(table, name)
    if not groups:
        return None
    gaps = {m: g for m, g in (table.get("differences") or {}).items() if len(g) == 3 and _finite(*g)}
    labels = [_label(r, table) for g in groups for r in g["rows"]]
    left = max(measured(s, TEXT_PT, bold=True) for s in labels) + 16
    plot, row, head = 330.0, 26.0, 34.0
    right = [150.0] + ([190.0] if gaps else [])
    heights = [head + row * len(g["rows"]) + 12 for g in groups]
    title, note = _models_said(table, groups, name, gaps)
    sheet = Sheet(left + plot + sum(right), sum(heights) + 24, title, note)
    ends = [v for g in groups for r in g["rows"] for v in (r["value"], *(r["interval"] or ()))]
    ends += [g["chance"] for g in groups if g["chance"] is not None]
    low, high = _limits(min(ends), max(ends))
    top = 0.0
    for g, height in zip(groups, heights, strict=True):
        ax = sheet.axes(left, top + head, plot, height - head - 12)
        _dots(sheet, ax, g, table, top + head, row)
        ax.set_xlim(low, high)
        ax.set_ylim(len(g["rows"]) - 0.5, -0.5)
        ax.set_yticks([])
        ax.xaxis.set_major_formatter(lambda v, _: decimal(v))
        ax.grid(axis="x")
        ax.tick_params(length=0)
        for side in ("left", "bottom"):
            ax.spines[side].set_visible(False)
        if g is not groups[-1]:
            ax.set_xticklabels([])
        if g["title"]:
            sheet.text(0, top + 16, clean(g["title"], 80), weight="bold")
        if g["chance"] is not None:
            ax.axvline(g["chance"], color=MUTED, lw=1.2, ls=(0, (4, 3)), zorder=1)
            at = left + plot * (g["chance"] - low) / (high - low)
            said = f"chance {decimal(g['chance'])}"
            wide = measured(said, TEXT_PT)
            sheet.text(min(max(at - wide / 2, left), left + plot - wide), top + head - 6, said, color=MUTED)
        x = left + plot + 16
        sheet.text(x, top + head - 6, f"{clean(name)}, 95 %", color=MUTED)
        if gaps:
            sheet.text(x + right[0], top + head - 6, "minus gradient boosting", color=MUTED)
        for i, r in enumerate(g["rows"]):
            y = top + head + row * (i + 0.5) + 4
            _figures(sheet, x, y, r, gaps, right[0])
        top += height
    what = "mean of the classes’ average precision (AP-ni)" if name == "mAP" else "share of moments"
    sheet.text(left + plot / 2, top + 20, f"{clean(name)}: {what}, 0 to 1", color=MUTED, ha="center")
    return sheet


def _groups(table: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the rows to draw, sorted, of the table or of each of its ways."""
    ways = [w for w in table.get("ways") or [] if w.get("rows")]
    groups = []
    for way in ways or [table]:
        rows, chance = [], _number((table.get("chance") or {}).get(name)) if not ways else None
        for r in way.get("rows") or []:
            value = _number((r.get("mean") or {}).get(name))
            if value is None:
                continue
            if r["model"] == "chance":
                chance = value
                continue
            ends = r.get("interval") or ()
            interval = [float(v) for v in ends] if len(ends) == 2 and _finite(*ends) else None
            rows.append({"model": str(r["model"]), "value": value, "interval": interval, "seeds": r.get("seeds", 1)})
        rows.sort(key=lambda r: (-r["value"], r["model"]))
        if rows:
            title = f"{way['title']} ({way.get('items', 0):,} moments)" if ways and way.get("title") else ""
            groups.append({"rows": rows, "chance": chance, "title": title})
    return groups


def _label(row: Mapping[str, Any], table: Mapping[str, Any]) -> str:
    return spoken(row["model"]) + (" (chosen)" if row["model"] == table.get("best") else "")


def _look(row: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """Return colour and marker: the chosen model, gradient boosting, one that is not told the key player, the rest."""
    model = row["model"]
    color = ACCENT if model == table.get("best") else SECOND if model in _BOOSTED else MUTED
    return {
        "color": color, "marker": "D" if model in _BOOSTED else "o", "ms": 7 if model in _BOOSTED else 8,
        "mfc": "white" if model.endswith("unknown key") else color, "mew": 1.6,
    }  # fmt: skip


def _dots(sheet: Sheet, ax: Any, group: Mapping[str, Any], table: Mapping[str, Any], top: float, row: float) -> None:
    for i, r in enumerate(group["rows"]):
        look = _look(r, table)
        if r["interval"]:
            ax.plot(r["interval"], [i, i], color=look["color"], lw=2, solid_capstyle="round", zorder=3)
        ax.plot([r["value"]], [i], ls="none", zorder=4, clip_on=False, **look)
        marked = r["model"] == table.get("best") or r["model"] in _BOOSTED
        color = look["color"] if marked else INK
        sheet.text(0, top + row * (i + 0.5) + 4, _label(r, table), color=color, weight="bold" if marked else "normal")


def _figures(sheet: Sheet, x: float, y: float, row: Mapping[str, Any], gaps: Mapping[str, Any], wide: float) -> None:
    """Write a model's figure, its interval, and how far it lies from gradient boosting."""
    sheet.text(x, y, decimal(row["value"]), weight="bold")
    if row["interval"]:
        sheet.text(x + 40, y, " to ".join(map(decimal, row["interval"])), color=MUTED)
    if row["model"] in gaps:
        gap, low, high = (float(v) for v in gaps[row["model"]])
        sure = low > 0 or high < 0
        said = f"{_signed(gap)} ({_signed(low)} to {_signed(high)})"
        sheet.text(x + wide, y, said, color=INK if sure else MUTED, weight="bold" if sure else "normal")


def _models_said(
    table: Mapping[str, Any], groups: list[dict[str, Any]], name: str, gaps: Mapping[str, Any]
) -> tuple[str, str]:
    rows = groups[0]["rows"]
    best = next((r for r in rows if r["model"] == table.get("best")), rows[0])
    chance = groups[0]["chance"]
    title = f"{spoken(best['model'])} reaches {name} {decimal(best['value'])}"
    others = [r for r in rows if r["model"] in _BOOSTED and r is not best]
    if best["model"] in gaps:
        gap, low, high = (float(v) for v in gaps[best["model"]])
        verdict = "ahead of" if low > 0 else "behind" if high < 0 else "not clearly apart from"
        title += f", {verdict} gradient boosting ({_signed(gap)}, 95 % {_signed(low)} to {_signed(high)})"
    elif others:
        title += f"; {_lower(spoken(others[0]['model']))} {decimal(others[0]['value'])}"
    elif chance is not None:
        title += f"; chance gives {decimal(chance)}"
    chosen = ["Chosen: best on validation games."] if table.get("best") else []
    many = [r["seeds"] for g in groups for r in g["rows"]]
    seeds = [f"Dot: mean of {max(many)} trainings; bar: 95 % interval." if max(many) > 1 else "Bar: 95 % interval."]
    return title, " ".join([_about(table), *seeds, *chosen, *_sentence(table.get("note"))])


def _precision_recall(table: Mapping[str, Any]) -> Sheet | None:
    """Return a panel a class: precision over recall of the chosen model and of Shared-Compare, its key known or not."""
    names = [str(n) for n in table.get("names") or []]
    curves = _curves(table, names)
    drawn = [n for n in names if any(n in c for c in curves.values())]
    if not drawn or len(drawn) > MANY:
        return None
    n = _prevalence(table, names)
    looks = _lines(list(curves), table)
    rows = math.ceil(len(drawn) / 4)
    columns = math.ceil(len(drawn) / rows)
    wide, tall, gap, foot, side = {1: 420.0, 2: 300.0}.get(columns, 168.0), 132.0, 26.0, 22.0, 44.0
    stacked = any(_wide(name) + measured(_many(n, name), SMALL_PT) + 10 > wide for name in drawn)
    head = 58.0 if stacked else 44.0
    title, note = _curves_said(table, curves, names, drawn)
    spots = _direct(curves, drawn, n, looks, wide, tall) if len(curves) > 1 else None
    key = list(looks.values()) if len(curves) > 1 and not spots else []
    if spots:
        note += " Key known, key unknown: Shared-Compare told who the key player is, or not."
    body = max(side + columns * wide + (columns - 1) * gap, 440.0, sum(measured(k[0], TEXT_PT) + 50 for k in key) - 24)
    sheet = Sheet(body, rows * (head + tall) + (rows - 1) * foot + 34, title, note, key)
    for i, name in enumerate(drawn):
        at_row, at_column = divmod(i, columns)
        ax = sheet.axes(side + at_column * (wide + gap), at_row * (head + tall + foot) + head, wide, tall)
        panel_words(ax, 0, head - 20, called(name, 22), weight="bold")
        at = {"x": 0, "y": 24} if stacked else {"x": wide, "y": 24, "ha": "right"}
        panel_words(ax, text=_many(n, name), color=MUTED, size=SMALL_PT, **at)
        _panel(ax, table, curves, name, looks, n)
        if spots and spots[0] == name:
            for (label, color, _), (px, py) in zip(looks.values(), spots[1], strict=True):
                for k, line in enumerate(reversed(_broken(label))):
                    panel_words(ax, px, py - tall + 3 + 12 * k, line, color=color, size=SMALL_PT)
        if at_column == 0:
            ax.set_ylabel("precision")
        if i + columns >= len(drawn):
            ax.set_xlabel("recall")
    return sheet


def _panel(
    ax: Any, table: Mapping[str, Any], curves: Mapping[str, Mapping[str, tuple[Float, Float]]], name: str,
    looks: Mapping[str, tuple[str, str, bool]], n: Mapping[str, tuple[int, float]],
) -> None:  # fmt: skip
    """Draw one class: its lines, its prevalence, and the average precision of each model above."""
    ax.set(xlim=(0, 1), ylim=(0, 1.03))
    ax.set_xticks([0, 0.5, 1], ["0", ".5", "1"])
    ax.set_yticks([0, 0.5, 1], ["0", ".5", "1"])
    ax.grid()
    ax.tick_params(length=0)
    if name in n:
        ax.axhline(n[name][1], color=MUTED, lw=1, ls=(0, (1, 2)))
    for model, each in reversed(list(curves.items())):
        if name in each:
            _, color, dashed = looks[model]
            ax.plot(*each[name], color=color, lw=1.8, ls=(0, (3, 1.5)) if dashed else "-", clip_on=False)
    panel_words(ax, 0, 8, "AP", color=MUTED)
    x = measured("AP ", TEXT_PT)
    for model, each in curves.items():
        ap = _ap(table, model, name, each.get(name))
        if ap is not None:
            said = decimal(ap)
            panel_words(ax, x, 8, said, color=looks[model][1], weight="bold")
            x += measured(said, TEXT_PT, bold=True) + 8


def _wide(name: str) -> float:
    return measured(called(name, 22), TEXT_PT, bold=True)


def _many(n: Mapping[str, tuple[int, float]], name: str) -> str:
    return f"n = {n[name][0]:,} ({percent(n[name][1])})" if name in n else ""


def _broken(label: str) -> list[str]:
    """Return a line's own label: in two lines where it has a place to break, only the key where there is one."""
    name, comma, more = label.partition(", ")
    if comma:
        return [more.replace("key player", "key")]
    name, plus, more = label.partition(" + ")
    return [name + " +", more] if plus else [name]


def _curves(table: Mapping[str, Any], names: Sequence[str]) -> dict[str, dict[str, tuple[Float, Float]]]:
    """Return (recall, precision) of each model and class that has any; a model drawn twice only once."""
    found: dict[str, dict[str, tuple[Float, Float]]] = {}
    for model, each in (table.get("curves") or {}).items():
        if f"{model}, known key" in table["curves"]:
            continue
        for name, pair in each.items():
            recall, precision = (np.array([_number(v, math.nan) for v in side], float) for side in pair)
            keep = np.isfinite(recall) & np.isfinite(precision)
            if name in names and keep.any() and recall[keep].max() > 0:
                found.setdefault(str(model), {})[name] = (recall[keep], precision[keep])
    return found


def _lines(models: Sequence[str], table: Mapping[str, Any]) -> dict[str, tuple[str, str, bool]]:
    """Return label, colour and whether dashed of each model's line."""
    spare = iter([SECOND, THIRD, INK, *[MUTED] * len(models)])
    looks = {}
    for model in models:
        chosen = model.removesuffix(", known key") == table.get("best") and not model.endswith("unknown key")
        looks[model] = (spoken(model), ACCENT if chosen else next(spare), model.endswith("unknown key"))
    return looks


def _prevalence(table: Mapping[str, Any], names: Sequence[str]) -> dict[str, tuple[int, float]]:
    """Return how many moments of each class were tested and their share."""
    counts = _square(table.get("confusion"), len(names))
    if counts is None:
        return {}
    return {k: (int(c), float(c / counts.sum())) for k, c in zip(names, counts.sum(1), strict=True)}


def _ap(table: Mapping[str, Any], model: str, name: str, curve: tuple[Float, Float] | None) -> float | None:
    """Return the table's average precision of a class, or the area under the drawn curve."""
    for row in table.get("rows") or []:
        if row.get("model") in (model, model.removesuffix(", known key") if "unknown" not in model else model):
            value = _number((row.get("mean") or {}).get(f"AP {name}"))
            if value is not None:
                return value
    if curve is None:
        return None
    return float((curve[1] * np.diff(curve[0], prepend=0.0)).sum())


def _curves_said(
    table: Mapping[str, Any], curves: Mapping[str, Any], names: Sequence[str], drawn: Sequence[str]
) -> tuple[str, str]:
    first = next(iter(curves))
    model, comma, key = spoken(first).partition(", ")
    who = f"{model} ({key})" if comma else model
    each = {n: _ap(table, first, n, curves[first].get(n)) for n in drawn}
    ranked = sorted(((a, n) for n, a in each.items() if a is not None), reverse=True)
    title = f"{who}: precision over recall"
    if len(ranked) > 1:
        (top, easy), (low, hard) = ranked[0], ranked[-1]
        title = f"{who} finds {called(easy)} best (AP {decimal(top)}), {called(hard)} worst ({decimal(low)})"
    elif ranked:
        title = f"{who} finds {called(ranked[0][1])} with AP {decimal(ranked[0][0])}"
    note = [_about(table), "Precision: share of what it says that is right. Recall: share of the class it finds."]
    if _prevalence(table, names):
        note.append("Dotted: the class’s share of all moments, what guessing gives.")
    if len(drawn) < len(names):
        note.append(f"Without an example: {', '.join(called(n) for n in names if n not in drawn)}.")
    return title, " ".join(note)


def _direct(
    curves: Mapping[str, Mapping[str, tuple[Float, Float]]], drawn: Sequence[str], n: Mapping[str, Any],
    looks: Mapping[str, tuple[str, str, bool]], wide: float, tall: float,
) -> tuple[str, list[tuple[float, float]]] | None:  # fmt: skip
    """Return the first panel in which every line can carry its own label, and where (points from its bottom left)."""
    broken = [_broken(label) for label, _, _ in looks.values()]
    sizes = [(max(measured(line, SMALL_PT) for line in lines), 12.0 * len(lines)) for lines in broken]
    scale = np.array([wide, tall / 1.03])
    for name in drawn:
        if not all(name in each for each in curves.values()):
            continue
        paths = [_dense(np.stack(each[name], 1) * scale) for each in curves.values()]
        base = n[name][1] * scale[1] if name in n else 0.0
        for order in itertools.permutations(range(len(paths))):
            spots = _spots(paths, sizes, order, base, wide, tall)
            if spots:
                return name, spots
    return None


def _spots(
    paths: list[Float], sizes: list[tuple[float, float]], order: Sequence[int], base: float, wide: float, tall: float
) -> list[tuple[float, float]] | None:
    """Return a place for each label beside its own line and off every other, None where one has none."""
    placed: dict[int, tuple[float, float]] = {}
    for k in order:
        w, h = sizes[k]
        best, cost = None, 14.0
        for x in np.arange(3, wide - w - 2, 6):
            for y in np.arange(3, tall - h - 2, 4):
                away = [_from_box(p, x, y, w, h) for p in paths]
                clear = all(
                    x + w + 3 < px or px + sizes[j][0] + 3 < x or y + h + 2 < py or py + sizes[j][1] + 2 < y
                    for j, (px, py) in placed.items()
                )
                others = min((a for j, a in enumerate(away) if j != k), default=math.inf)
                if not clear or away[k] < 2 or others < away[k] + 4 or abs(base - (y + h / 2)) < h / 2 + 1:
                    continue
                if away[k] - 0.1 * others < cost:
                    best, cost = (float(x), float(y)), away[k] - 0.1 * min(others, 40)
        if best is None:
            return None
        placed[k] = best
    return [placed[k] for k in range(len(paths))]


def _from_box(points: Float, x: float, y: float, w: float, h: float) -> float:
    """Return how far the nearest point lies from a box, 0 inside."""
    dx = np.maximum(np.maximum(x - points[:, 0], points[:, 0] - x - w), 0)
    dy = np.maximum(np.maximum(y - points[:, 1], points[:, 1] - y - h), 0)
    return float(np.hypot(dx, dy).min())


def _dense(path: Float) -> Float:
    """Return points about every 2 pt along a path."""
    if len(path) < 2:
        return path
    parts = []
    for a, b in itertools.pairwise(path):
        many = max(int(np.hypot(*(b - a)) / 2), 1)
        parts.append(a + (b - a) * np.linspace(0, 1, many, endpoint=False)[:, None])
    return np.concatenate([*parts, path[-1:]])


def _confusion(table: Mapping[str, Any]) -> Sheet | None:
    """Return what was taken for what: counts and shares of the row, or a heat map of shares for many classes."""
    names = [str(n) for n in table.get("names") or []]
    model, counts, where = str(table.get("best") or ""), _square(table.get("confusion"), len(names)), ""
    if counts is None:
        ways = sorted(table.get("ways") or [], key=lambda w: bool(w.get("trained")))
        for way in ways:
            counts = _square(way.get("confusion"), len(names))
            if counts is not None:
                model, where = str(way["rows"][0]["model"]) if way.get("rows") else "", str(way.get("title") or "")
                break
    if counts is None:
        return None
    title, note = _confusion_said(table, counts, names, model, where)
    K, few = len(names), len(names) <= MANY
    shown = [called(n, 22 if few else 14) for n in names]
    cell = min(max(520 / K, 46.0), 96.0) if few else min(max(520 / K, 6.0), 18.0)
    size = TEXT_PT if few else min(SMALL_PT, max(cell - 3, 4.0))
    step = 1 if cell >= 8 else math.ceil(8 / cell)
    widest = max(measured(s, size) for s in shown)
    rows_n = [f"n = {int(c):,}" for c in counts.sum(1)]
    beside = max(measured(s, SMALL_PT) for s in rows_n) + 12 if few else 0.0
    left = max(widest + 8 + beside, measured(_WAS, TEXT_PT) + 8, measured(_HELD, TEXT_PT) + 8 if few else 0.0)
    flat = few and widest <= cell - 4
    slant = 0.0 if flat else widest if not few else widest * 0.72 + 8
    top = 26 + (16 if flat else slant + 6)
    foot = 46.0 if few else 8.0
    body = left + K * cell + 84 + (0 if flat or not few else 20)
    sheet = Sheet(max(body, 480.0), top + K * cell + foot, title, note)
    ax = sheet.axes(left, top, K * cell, K * cell)
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    colors = ramp()
    edge = 1.5 if few else 0.4
    ax.pcolormesh(share, cmap=colors, vmin=0, vmax=1, edgecolors="white" if few else LINE, linewidth=edge)
    ax.set_xlim(0, K)
    ax.set_ylim(K, 0)
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set(visible=True, color=LINE)
    for k in range(0, K, step):
        y, x = top + (k + 0.5) * cell, left + (k + 0.5) * cell
        sheet.text(left - 8 - beside, y + 0.36 * size, shown[k], size=size, ha="right")
        if few:
            sheet.text(left - 8, y + 0.36 * SMALL_PT, rows_n[k], size=SMALL_PT, ha="right", color=MUTED)
        if flat:
            sheet.text(x, top - 8, shown[k], ha="center")
        elif few:
            sheet.text(x, top - 6, shown[k], rotation=45, rotation_mode="anchor")
        else:
            sheet.text(x + 0.36 * size, top - 6, shown[k], size=size, rotation=90, rotation_mode="anchor")
    if few:
        _cells(sheet, counts, share, colors, left, top, cell)
    sheet.text(left, 10, "what the model said →", color=MUTED)
    sheet.text(0, top - 8, _WAS, color=MUTED)
    color_bar(sheet, left + K * cell + 24, top + 18, min(K * cell - 18, 160), colors, ("0", percent(1), "of the row"))
    return sheet


def _cells(
    sheet: Sheet, counts: NDArray[np.int64], share: Float, colors: Any, left: float, top: float, cell: float
) -> None:
    """Write count and share into each cell, mark the diagonal, and say below how often each answer is right."""
    from matplotlib.colors import to_hex

    K = len(counts)
    for i, j in itertools.product(range(K), range(K)):
        x, y = left + (j + 0.5) * cell, top + (i + 0.5) * cell
        if not counts[i, j]:
            sheet.text(x, y + 4, "·", color=PALE, ha="center")
            continue
        ink = ink_on(to_hex(colors(float(share[i, j]))))
        bold = "bold" if i == j else "normal"
        sheet.text(x, y - 1, f"{counts[i, j]:,}", color=ink, ha="center", weight=bold)
        few = percent(share[i, j]) if share[i, j] >= 0.005 else "<" + percent(0.01)
        sheet.text(x, y + 13, few, color=ink, ha="center", size=SMALL_PT)
    y = top + K * cell
    for j in range(K):
        said = int(counts[:, j].sum())
        x = left + (j + 0.5) * cell
        right = percent(counts[j, j] / said) if said else "–"
        sheet.text(x, y + 20, right, ha="center", weight="bold", color=INK if said else MUTED)
        sheet.text(x, y + 34, f"of {said:,}", ha="center", size=SMALL_PT, color=MUTED)
    sheet.text(left - 8, y + 20, _HELD, ha="right", color=MUTED)


def _confusion_said(
    table: Mapping[str, Any], counts: NDArray[np.int64], names: Sequence[str], model: str, where: str
) -> tuple[str, str]:
    n, off = int(counts.sum()), counts.copy()
    np.fill_diagonal(off, 0)
    title = f"{percent(np.trace(counts) / n)} of {n:,} moments right"
    if off.any():
        i, j = divmod(int(off.argmax()), len(off))
        of = int(counts[i].sum())
        title += (
            f"; most often wrong: {called(names[i])} taken for {called(names[j])} ({off[i, j]:,}\u00a0of\u00a0{of:,})"
        )
    what = "Count, and share of the row." if len(names) <= MANY else "Share of the row."
    empty = [called(k) for k, c in zip(names, counts.sum(1), strict=True) if not c]
    note = [_about(table), f"{spoken(model)}." if model else "", f"{where}." if where else "", what]
    if empty:
        note.append(f"Without an example: {', '.join(empty[:6])}{' …' if len(empty) > 6 else ''}.")
    return title, " ".join(s for s in note if s)


def _reliability(table: Mapping[str, Any]) -> Sheet | None:
    """Return stated probability against share right, with a histogram of what was stated."""
    told = table.get("reliability") or {}
    bins = [[float(v) for v in b] for b in told.get("bins") or [] if len(b) == 3 and _finite(*b) and b[2] > 0]
    if not bins:
        return None
    said, right, n = np.array(bins).T
    total = int(n.sum())
    stated, held = float((said * n).sum() / total), float((right * n).sum() / total)
    ece = _number(told.get("ece"))
    ece = float((n * abs(said - right)).sum() / total) if ece is None else ece
    title = f"Stated {percent(stated)}, right {percent(held)}: ECE {decimal(ece)}"
    who = spoken(str(told["model"])) + "." if told.get("model") else ""
    note = (
        f"{_about(table)} {who} How often the model’s answer is right against the probability it gives it, "
        f"n = {total:,} moments in ten bins. Larger points: more moments. Bars: 95 % Wilson intervals, as if moments "
        "were independent."
    )
    side, wide, tall = 56.0, 424.0, 300.0
    sheet = Sheet(side + wide + 10, tall + 132, title, note)
    ax = sheet.axes(side, 4, wide, tall)
    ends = np.array([wilson(float(r), float(k)) for r, k in zip(right, n, strict=True)])
    ax.plot([0, 1], [0, 1], color=MUTED, lw=1.2, ls=(0, (4, 3)))
    ax.vlines(said, ends[:, 0], ends[:, 1], color=ACCENT, lw=2, zorder=3)
    ax.scatter(said, right, s=20 + 180 * n / n.max(), color=ACCENT, edgecolor="white", lw=1, zorder=4, clip_on=False)
    ax.set(xlim=(0, 1), ylim=(0, 1.02), ylabel="right")
    ax.set_yticks(np.linspace(0, 1, 6), [percent(v) for v in np.linspace(0, 1, 6)])
    if not ((said < 0.34) & (ends[:, 1] > 0.85)).any():
        panel_words(ax, 10, -18, "↑ right more often than stated", color=MUTED)
    if not ((said > 0.62) & (ends[:, 0] < 0.15)).any():
        panel_words(ax, wide - 6, 12 - tall, "↓ right less often", color=MUTED, ha="right")
    below = sheet.axes(side, tall + 28, wide, 70)
    bars = np.minimum((said * 10).astype(int), 9)
    below.bar(bars / 10 + 0.05, n, width=0.096, color=ACCENT, alpha=0.35, lw=0)
    for b, k in zip(bars, n, strict=True):
        below.annotate(
            f"{int(k):,}", (b / 10 + 0.05, k), xytext=(0, 3), textcoords="offset points", ha="center", size=SMALL_PT,
            color=MUTED, annotation_clip=False,
        )  # fmt: skip
    below.set(xlim=(0, 1), ylim=(0, float(n.max())), xlabel="stated", ylabel="moments")
    below.set_yticks([])
    for each in (ax, below):
        each.set_xticks(np.linspace(0, 1, 6), [percent(v) for v in np.linspace(0, 1, 6)])
        each.tick_params(length=0)
    ax.grid()
    ax.set_xticklabels([])
    below.spines["left"].set_visible(False)
    return sheet


def _about(table: Mapping[str, Any]) -> str:
    """Return what the table is of, how many moments of how many games."""
    title = one_line(_xml(str(table.get("title") or table.get("recipe") or ""))).rstrip(".")
    items, contests = table.get("items"), table.get("contests")
    many = f"{items:,} moments" if isinstance(items, int) else ""
    if many and isinstance(contests, int):
        many += f" of {contests} games not trained on" if contests > 1 else " of one game"
    return f"{title}{': ' if title and many else ''}{many}." if title or many else ""


def _sentence(text: object) -> list[str]:
    """Return what a table's note says beyond its first numbers, which stand in the title already."""
    said = one_line(_xml(str(text or "")), 400)
    known = r"^\d+ moments of \d+ games? in \d+ parts?; no game trains and tests; "
    said = re.sub(known, "No game trains and tests; ", said)
    return [said] if said else []


def _limits(low: float, high: float) -> tuple[float, float]:
    """Return axis ends in steps of .1 around values in [0, 1]."""
    a, b = math.floor(low * 10 - 0.2) / 10, math.ceil(high * 10 + 0.2) / 10
    return max(min(a, b - 0.2), -0.02), min(max(b, a + 0.2), 1.02)


def _wrapped(text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """Return text in lines no wider than `width` points."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measured(longer, size, bold=bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return [line for line in lines if line]


def _square(values: Any, K: int) -> NDArray[np.int64] | None:
    """Return counts (K, K) with something in them, None otherwise."""
    counts = np.array(values if values is not None else [], dtype=np.int64)
    return counts if K and counts.shape == (K, K) and counts.sum() > 0 else None


def _number(value: Any, otherwise: Any = None) -> Any:
    """Return a finite float, else `otherwise`."""
    return float(value) if isinstance(value, (int, float, np.number)) and math.isfinite(value) else otherwise


def _finite(*values: Any) -> bool:
    return all(_number(v) is not None for v in values)


def _signed(v: float) -> str:
    return decimal(v) if v < 0 and decimal(v).startswith("−") else "+" + decimal(abs(v))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _xml(text: str) -> str:
    """Return text without what an XML file cannot hold: lone surrogates and non-characters."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", " ", text)
