"""A soak: SIMULATED games, one after the other for an hour, in one process, and a desk beside it that is asked.

Each game of volleyball (20 rallies, simulated: nobody played them) is made, read, analysed and summed up, and reported
against the 40 before it, as `sportsai season --workers 0` does; then plays are asked for over all games held. A desk
(`sportsai serve`) in a process of its own shows the list of games after each game, and a report after each tenth. After
380 games, a season, its page is made, the library is emptied, and the next season begins in the same processes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.bench._process import environment

TITLE = "A soak: simulated games for an hour"
MINUTES = 60.0
WARM = 40  # games at the beginning that are not counted: imports, and reports against fewer games than later
BLOCK = 20  # games whose median is one point of a trend: neighbours in time are alike
PICTURE = "soak.svg"
_CHILD = (
    "import sys; from pathlib import Path; from sportsai.bench._soak_games import soak; "
    "soak(Path(sys.argv[1]), float(sys.argv[2]))"
)
UNITS = {"MB": "MB", "desk MB": "MB", "temporary KB": "KB"}
FLAT = 0.002  # of the level, per 100 games: an interval within is flat


def run(quick: bool = False, minutes: float | None = None) -> list[dict[str, Any]]:
    """Return a row a quantity (its trend over the games), and one with all games; quick: two minutes."""
    with tempfile.TemporaryDirectory() as folder:
        asked = minutes if minutes is not None else 2.0 if quick else MINUTES
        words = [sys.executable, "-c", _CHILD, folder, str(asked)]
        done = subprocess.run(words, env=environment(), stderr=subprocess.PIPE)
        kept = Path(folder, "games.jsonl")
        games = [json.loads(line) for line in kept.read_text().splitlines()] if kept.is_file() else []
        if done.returncode or not games:
            raise RuntimeError(f"the soak ended with {done.returncode}: {done.stderr.decode()[-600:]}")
    return rows_of(games)


def rows_of(games: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of a soak's games."""
    season = max(g["place"] for g in games)
    rows = [
        trend(name, unit, *series(games, name), season)
        for name, unit in _quantities(games)
        if len(series(games, name)[0]) > 2 * BLOCK
    ]
    return [*rows, {"case": "games", "games": list(games)}]


def _quantities(games: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    steps = [(f"CPU, {k}", "CPU-s") for k in games[0]["cpu"]]
    asked = [(f"wall, {k}", "ms") for k in ("query", "list of games")]
    held = [k for k in games[0] if k.startswith(("MB", "desk", "open", "threads", "temporary"))]
    return [*steps, *asked, *((k, UNITS.get(k, "")) for k in held)]


def series(games: Sequence[dict[str, Any]], name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return of a quantity after the first WARM games: the game's number, its place in its season, the value."""
    kind, _, inner = name.partition(", ")
    found = []
    for g in games[WARM:]:
        value = g["cpu"].get(inner) if kind == "CPU" else g["wall_ms"].get(inner) if kind == "wall" else g.get(name)
        if value is not None:
            found.append((g["game"], g["place"], value))
    number, place, values = np.array(found, float).reshape(-1, 3).T
    return number, place, values


def trend(
    name: str, unit: str, number: np.ndarray, place: np.ndarray, values: np.ndarray, season: int
) -> dict[str, Any]:  # fmt: skip
    """Return the change per 100 games with its 95 % interval, how much of the value grows with the games held, and
    the medians of the first and the last tenth at the same places of their seasons.

    The slope is of least squares on medians of BLOCK games, on the game's number and, where seasons were begun again,
    on its place in the season: growth of what is kept is told from growth with the games held.
    """
    from scipy import stats

    blocks = len(values) // BLOCK
    cut = [a[: blocks * BLOCK].reshape(blocks, BLOCK) for a in (number, place, values)]
    x, p, y = (np.median(a, axis=1) for a in cut)
    again = bool(number[-1] > season)
    columns = [np.ones(blocks), x / 100, p / 100] if again else [np.ones(blocks), x / 100]
    design = np.stack(columns, 1)
    row: dict[str, Any] = {"case": name, "unit": unit, "median": float(np.median(values)), "most": float(values.max())}
    if blocks > design.shape[1] + 1 and np.linalg.matrix_rank(design) == design.shape[1]:
        fit, *_ = np.linalg.lstsq(design, y, rcond=None)
        free = blocks - design.shape[1]
        spread = np.sqrt(((y - design @ fit) ** 2).sum() / free * np.linalg.inv(design.T @ design).diagonal())
        reach = stats.t.ppf(0.975, free) * spread
        row |= {"slope": float(fit[1]), "low": float(fit[1] - reach[1]), "high": float(fit[1] + reach[1])}
        row |= {"held": float(fit[2])} if again else {}
    tenth = max(1, len(values) // 10)
    row |= {"first": float(np.median(values[:tenth])), "last": float(np.median(values[-tenth:]))}
    return row


def said(row: dict[str, Any]) -> str:
    """Return in words what a trend shows: flat where its whole interval is within FLAT of the level."""
    if "slope" not in row:
        return "too few games"
    level = abs(row["median"]) or 1.0
    if max(-row["low"], row["high"]) <= FLAT * level:
        return "is flat"
    way = "grows" if row["low"] > 0 else "falls" if row["high"] < 0 else ""
    return f"{way}, {row['slope'] / level:+.1%}" if way else "shows no trend"


def page(rows: list[dict[str, Any]]) -> list[str]:
    """Return the sections of the page."""
    games = rows[-1]["games"]
    failed = [f"game {g['game']}: {why}" for g in games for why in g["failed"]]
    seasons = max(g["season"] for g in games)
    out = ["", *(__doc__ or "").split("\n")[2:]]
    out += [
        f"{len(games):,} games, {seasons} season{'s' * (seasons > 1)} begun, "
        f"{sum(sum(g['cpu'].values()) for g in games):,.0f} CPU-seconds; failed: {'; '.join(failed) or 'none'}.",
        "",
        f"![Memory and latency over the games of the soak]({PICTURE})",
        "",
        "| what | unit | median | most | first tenth | last tenth | change per 100 games (95 %) | so it | with 100 "
        "games held |",
        "|---|---|---:|---:|---:|---:|---:|---|---:|",
    ]
    for r in rows[:-1]:
        change = f"{r['slope']:+.3g} ({r['low']:+.3g} to {r['high']:+.3g})" if "slope" in r else ""
        held = f"{r['held']:+.3g}" if "held" in r else ""
        out.append(
            f"| {r['case']} | {r['unit']} | {r['median']:.3g} | {r['most']:.3g} | {r['first']:.3g} | {r['last']:.3g} | "
            f"{change} | {said(r)} | {held} |"
        )
    return [*out, "", *_seasons(games), *_notes()]


def _seasons(games: Sequence[dict[str, Any]]) -> list[str]:
    out = ["## Season by season", "", "| season | games | memory at its end, MB | most, MB | desk at its end, MB | "
           "CPU-s a game | CPU-s of its page | query, ms (median) | open files | threads |",
           "|---:|" + "---:|" * 9]  # fmt: skip
    for n in range(1, max(g["season"] for g in games) + 1):
        mine = [g for g in games if g["season"] == n]
        last = mine[-1]
        made = last["cpu"].get("season page")
        out.append(
            f"| {n} | {len(mine)} | {last['MB']:.0f} | {max(g['MB'] for g in mine):.0f} | {last['desk MB']:.0f} | "
            f"{np.median([sum(g['cpu'].values()) - g['cpu'].get('season page', 0) for g in mine]):.2f} | "
            f"{'' if made is None else f'{made:.2f}'} | {np.median([g['wall_ms']['query'] for g in mine]):.0f} | "
            f"{last['open files']} | {last['threads']} |"
        )
    return [*out, ""]


def _notes() -> list[str]:
    return [
        f"The first {WARM} games are not counted: modules are imported, and a report looks at fewer games before it "
        f"than later. A change is the slope of least squares over medians of {BLOCK} games; where more than one season "
        'was played, what a quantity gains with 100 more games held in the library ("with 100 games held") is told '
        "apart from what it gains with 100 games done. Flat: the whole "
        f"interval is within {FLAT:.1%} of the median; no trend: it holds 0. Wall times are of a machine with other "
        "work on it; CPU-seconds say more. The temporary folder is the one that this process and its desk are given."
    ]


def pictures(rows: list[dict[str, Any]], folder: Path) -> list[Path]:
    """Draw memory and latency over the games beside the page."""
    from sportsai.bench._soak_picture import draw
    from sportsai.report.scores.sheet import write_picture

    return [write_picture(folder / PICTURE, draw(rows[-1]["games"]).encode())]
