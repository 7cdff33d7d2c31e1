"""What each player did, as far as seen: minutes, metres, speed, events with their probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.data import Player
from sportsai.report.counts import Count
from sportsai.report.material import Material
from sportsai.units import KMH_PER_MPS, SPEED_BANDS_KMH

HELD_S = 0.5  # a top speed must be held this long
MOST_MPS2 = 8.0  # a change of speed faster than this is no running: it is not counted towards a top speed
LEAST_MIN = 5.0  # fewer minutes seen than this: no top speed and no rate


@dataclass(frozen=True)
class PlayerLine:
    """One row of the players' table.

    seen_min: minutes on camera; on_min: from the first to the last sighting in each period, the best
    guess of the time on the court. distance_m: over known samples (known_min of them). bands_m: metres in each speed
    band. top_kmh: highest speed held for HELD_S, with the frame it was reached in. cells: (rows, columns) share of the
    seen time in each cell, the team attacking right.
    """

    player: Player
    seen_min: float
    on_min: float
    known_min: float
    distance_m: float
    bands_m: tuple[float, ...]
    top_kmh: float | None
    top_frame: int | None
    passes: Count
    turnovers: Count
    key_events: int
    key_p: float | None
    cells: NDArray[np.float64] | None

    @property
    def coverage(self) -> float | None:
        return min(1.0, self.seen_min / self.on_min) if self.on_min > 0 else None

    @property
    def metres_per_min(self) -> float | None:
        return self.distance_m / self.known_min if self.known_min >= LEAST_MIN else None


def player_lines(m: Material) -> list[PlayerLine]:
    """Return the players that were seen or took part in an event, home first, most seen first."""
    t, moved = m.tracks, m.moved
    slots: dict[str, list[int]] = {}
    if t is not None:
        for i, s in enumerate(t.slots):
            if s.player_id is not None:
                slots.setdefault(s.player_id, []).append(i)
    by_player = dict(tuple(m.events.groupby("player_id"))) if len(m.events) else {}
    starts = {}
    if t is not None:
        starts = {p: np.flatnonzero(t.period == p) for p in m.periods}
    lines = []
    for player in m.game.roster:
        if player.side not in (0, 1):
            continue
        events = by_player.get(player.id, m.events.iloc[:0])
        columns = slots.get(player.id, [])
        if not columns and not len(events):
            continue
        if t is None or moved is None or not columns:
            lines.append(_line(m, player, events, 0, 0, 0, 0, (0.0,) * len(SPEED_BANDS_KMH), None, None, None))
            continue
        seen = t.present[:, columns].any(1) & (t.period > 0)
        if not seen.any() and not len(events):
            continue
        minute = 60 * float(t.rate_hz)
        speed, known = moved.speed[:, columns], moved.known[:, columns]
        on = 0.0
        for rows in starts.values():
            at = rows[seen[rows]]
            if len(at):
                on += (t.frame[at[-1]] - t.frame[at[0]] + 1) / minute
        kmh = speed[known] * KMH_PER_MPS
        band = np.searchsorted([low for _, low in SPEED_BANDS_KMH], kmh, side="right") - 1
        metres = np.bincount(band, weights=kmh / KMH_PER_MPS / float(t.rate_hz), minlength=len(SPEED_BANDS_KMH))
        xy = t.xy[:, columns][t.present[:, columns] & (t.period > 0)[:, None]] * m.facing(player.side)
        top, frame = _top_speed(t.frame, speed, known, float(t.rate_hz))
        enough = known.sum() / minute >= LEAST_MIN
        lines.append(
            _line(
                m,
                player,
                events,
                seen.sum() / minute,
                on,
                known.sum() / minute,
                float(metres.sum()),
                tuple(float(v) for v in metres),
                top if enough else None,
                frame if enough else None,
                cells(m, xy, m.court.length_m / 21),
            )
        )
    return sorted(lines, key=lambda x: (x.player.side, -x.seen_min, x.player.number or 999))


def _line(
    m: Material,
    player: Player,
    events: pd.DataFrame,
    seen: float,
    on: float,
    known: float,
    distance: float,
    bands: tuple[float, ...],
    top: float | None,
    frame: int | None,
    heat: NDArray[np.float64] | None,
) -> PlayerLine:
    key = [a.get("key_player_p") for a in events["attributes"]]
    sure = [float(k) for k in key if isinstance(k, (int, float))]
    return PlayerLine(
        player,
        float(seen),
        float(on),
        float(known),
        distance,
        bands,
        top,
        frame,
        m.few(events[events["type"] == "pass"]),
        m.few(events[events["type"] == "turnover"]),
        len(events),
        float(np.mean(sure)) if sure else None,
        heat,
    )


def _top_speed(
    frame: NDArray[np.integer], speed: NDArray[np.float32], known: NDArray[np.bool_], rate_hz: float
) -> tuple[float | None, int | None]:
    """Return the highest speed held for HELD_S (km/h) and the frame in which that began.

    Samples next to a change of speed above MOST_MPS2 are not trusted.
    """
    n = max(2, round(HELD_S * rate_hz))
    best, at = 0.0, None
    for c in range(speed.shape[1]):
        v, ok = speed[:, c], known[:, c].copy()
        hard = np.abs(np.diff(v)) * rate_hz > MOST_MPS2
        ok[1:] &= ~hard
        ok[:-1] &= ~hard
        if len(v) < n:
            continue
        low = np.lib.stride_tricks.sliding_window_view(np.where(ok, v, 0), n).min(1)
        low = np.where(np.diff(frame, prepend=frame[0])[: len(low)] <= 1, low, 0)
        i = int(low.argmax())
        if low[i] > best:
            best, at = float(low[i]), int(frame[i])
    return (best * KMH_PER_MPS, at) if at is not None else (None, None)


def cells(m: Material, xy: NDArray[np.float32], size_m: float) -> NDArray[np.float64]:
    """Return the share of positions xy (N, 2) in each cell of about `size_m`, (rows from the top, columns)."""
    columns = max(2, round(m.court.length_m / size_m))
    rows = max(2, round(m.court.width_m / size_m))
    half_x, half_y = m.court.half_length_m, m.court.half_width_m
    grid, _, _ = np.histogram2d(-xy[:, 1], xy[:, 0], bins=[rows, columns], range=[[-half_y, half_y], [-half_x, half_x]])
    return grid / max(1.0, grid.sum())
