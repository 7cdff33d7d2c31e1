"""A picture's page: its type, its colours, its title and axes, and how words and numbers stand on it."""

from __future__ import annotations

import contextlib
import io
import math
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sportsai.errors import StoreError, missing_extra, one_line
from sportsai.library.atomic import write_bytes
from sportsai.report.svg import short

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
    "track_set": "TrackSet", "pair_former": "PairFormer", "path_pool": "Path pool", "extra_trees": "Randomised trees",
    "last_holder": "Last holder", "chance": "Chance", "group_tokens": "Group tokens",
    "hierarchical_lstm": "Two-stage LSTM", "lstm_one_group": "Two-stage LSTM, one group", "label_graph": "Label graph",
    "label_graph_sinn": "Label graph, SINN", "label_graph_logistic": "Each label alone",
    "activity_heads": "Activity heads", "label_queries": "Label queries", "spot_conv": "SpotConv",
    "spot_gru": "SpotGRU", "track_action_former": "TrackActionFormer", "scout": "Scout", "glimpse": "Glimpse agent",
    "multi_lstm": "MultiLSTM", "multi_lstm_attention": "LSTM, input attention", "multi_lstm_plain": "LSTM",
    "multi_lstm_input": "LSTM, input window", "single_frame": "Single frame", "attention_lstm": "Attention LSTM",
    "attention_pool": "Attention pool", "ball_rule": "Rule on the ball",
}  # fmt: skip


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
    return short(one_line(xml(str(text))), most)


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

        self.title = xml(title)
        heads = _wrapped(self.title, width, TITLE_PT, bold=True)
        notes = _wrapped(xml(note), width, TEXT_PT)
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
    told = " + ".join([parts[0], *(lower(p) if p.endswith("boosting") else p for p in parts[1:])])
    keys = {"known key": "key player known", "unknown key": "key player unknown"}
    return clean(told + comma + keys.get(more, more), 60)


def about_table(table: Mapping[str, Any]) -> str:
    """Return what the table is of, how many moments of how many games."""
    title = one_line(xml(str(table.get("title") or table.get("recipe") or ""))).rstrip(".")
    items, contests = table.get("items"), table.get("contests")
    many = f"{items:,} {table.get('unit', 'moments')}" if isinstance(items, int) else ""
    if many and isinstance(contests, int):
        many += f" of {contests} games not trained on" if contests > 1 else " of one game"
    return f"{title}{': ' if title and many else ''}{many}." if title or many else ""


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


def square(values: Any, K: int) -> NDArray[np.int64] | None:
    """Return counts (K, K) with something in them, None otherwise."""
    counts = np.array(values if values is not None else [], dtype=np.int64)
    return counts if K and counts.shape == (K, K) and counts.sum() > 0 else None


def number(value: Any, otherwise: Any = None) -> Any:
    """Return a finite float, else `otherwise`."""
    return float(value) if isinstance(value, (int, float, np.number)) and math.isfinite(value) else otherwise


def finite(*values: Any) -> bool:
    return all(number(v) is not None for v in values)


def lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def xml(text: str) -> str:
    """Return text without what an XML file cannot hold: lone surrogates and non-characters."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", " ", text)
