"""What was seen and what was not, before any model runs: the numbers of the quality page and the notes beside them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from sportsai.data.game import Game
from sportsai.data.kinematics import MAX_JUMP_MPS, glitches, jumps, steps
from sportsai.data.orientation import find_orientation
from sportsai.data.tracks import Tracks

OFF_COURT_M = 3.0  # further outside the lines than this is counted: run-offs are real, 60 m is not


@dataclass(frozen=True)
class PeriodQuality:
    """One period.

    direction: "home attacks right" / "away attacks right" / "unknown", and how it was found (`direction_by`).
    minutes: length; observed_share: frames with at least one player; ball_share: frames with the ball.
    """

    period: int
    minutes: float
    frames: int
    observed_share: float
    ball_share: float
    direction: str
    direction_by: str
    direction_gap_m: float


@dataclass(frozen=True)
class Finding:
    """One thing worth knowing: level ok / note / warning, what was checked, and what was found, in words."""

    level: str
    check: str
    text: str


@dataclass(frozen=True)
class Quality:
    """Quality of one game's tracks. Shares are of frames inside a period unless said otherwise."""

    game_id: str
    frames: int
    frames_in_play: int
    rate_hz: float
    observed_share: float
    ball_share: float
    players_median: float
    players_max: int
    unnamed_share: float
    estimated_share: float
    longest_gap_s: float
    gaps_over_5s: int
    id_jumps: int
    speed_p999_mps: float
    too_fast_share: float
    off_court_share: float
    off_court_max_m: float
    clock_gaps: int
    periods: tuple[PeriodQuality, ...]
    findings: tuple[Finding, ...]
    players_per_minute: tuple[tuple[int, float, float, float], ...] = field(default=())  # period, minute, players, seen

    def as_dict(self) -> dict[str, Any]:
        """Return plain lists and numbers, ready for JSON."""
        return asdict(self)


def quality(game: Game) -> Quality | None:
    """Measure a game's tracks; None for a game that has only events."""
    tracks = game.tracks
    if tracks is None:
        return None
    playing = tracks.period > 0
    n = int(playing.sum())
    people = tracks.present & (tracks.side >= 0)[None, :]
    count = people.sum(1)
    observed = playing & (count > 0)
    seen = int(people.sum())
    named = np.array([s.player_id is not None for s in tracks.slots], bool)
    step = steps(tracks)
    raw_speed = _raw_speeds(tracks, step)
    jump = int((jumps(tracks, step=step) & (tracks.side >= 0)[None, :]).sum())
    glitch = glitches(tracks, step=step)
    outside = _outside_m(tracks, game, people)
    gaps = _gaps_s(observed, tracks)
    clock_gaps = _clock_gaps(tracks)
    periods = _periods(game, tracks, observed)
    result = Quality(
        game_id=game.id,
        frames=tracks.T,
        frames_in_play=n,
        rate_hz=float(tracks.rate_hz),
        observed_share=_share(observed.sum(), n),
        ball_share=_share((tracks.ball_present & playing).sum(), n),
        players_median=float(np.median(count[observed])) if observed.any() else 0.0,
        players_max=int(count.max(initial=0)),
        unnamed_share=_share(people[:, ~named].sum(), seen),
        estimated_share=_share((tracks.estimated & people).sum(), seen),
        longest_gap_s=float(gaps.max(initial=0.0)),
        gaps_over_5s=int((gaps > 5).sum()),
        id_jumps=jump,
        speed_p999_mps=float(np.quantile(raw_speed, 0.999)) if len(raw_speed) else 0.0,
        too_fast_share=_share((glitch & people).sum(), seen),
        off_court_share=_share((outside > OFF_COURT_M).sum(), seen),
        off_court_max_m=float(outside.max(initial=0.0)),
        clock_gaps=clock_gaps,
        periods=periods,
        findings=(),
        players_per_minute=_per_minute(tracks, count, observed),
    )
    return Quality(**{**result.__dict__, "findings": tuple(_findings(result, game))})


def _share(part: Any, whole: int) -> float:
    return round(float(part) / whole, 4) if whole else 0.0


def _raw_speeds(tracks: Tracks, step: np.ndarray) -> np.ndarray:
    """Speeds between neighbouring frames, unsmoothed, m/s, (N,): what the provider's positions say as they stand."""
    both = tracks.present[1:] & tracks.present[:-1] & (np.diff(tracks.frame) == 1)[:, None]
    both &= (tracks.side >= 0)[None, :]
    return step[both] * float(tracks.rate_hz)


def _outside_m(tracks: Tracks, game: Game, people: np.ndarray) -> np.ndarray:
    """How far outside the lines each position that is outside lies, metres, (N,)."""
    half = np.array([game.court_length_m / 2, game.court_width_m / 2], np.float32)
    beyond = tracks.xy.reshape(-1, 2)[np.flatnonzero(people)]
    beyond = np.abs(beyond, out=beyond) - half
    far = np.maximum(beyond[:, 0], beyond[:, 1])
    return far[far > 0]


def _gaps_s(observed: np.ndarray, tracks: Tracks) -> np.ndarray:
    """Lengths of the stretches inside a period in which nobody was seen, seconds, (N,)."""
    lengths = []
    for p in np.unique(tracks.period[tracks.period > 0]):
        rows = np.flatnonzero(tracks.period == p)
        frames = tracks.frame[rows][observed[rows]]
        edges = np.concatenate([[tracks.frame[rows[0]] - 1], frames, [tracks.frame[rows[-1]] + 1]])
        lengths.append((np.diff(edges) - 1) / float(tracks.rate_hz))
    gaps = np.concatenate(lengths) if lengths else np.zeros(0)
    return gaps[gaps > 0]


def _clock_gaps(tracks: Tracks) -> int:
    """Places inside a period where the clock and the frame numbers disagree by more than two samples."""
    same = (tracks.period[1:] == tracks.period[:-1]) & (tracks.period[1:] > 0)
    expected = np.diff(tracks.frame) / float(tracks.rate_hz)
    return int((same & (np.abs(np.diff(tracks.t_s) - expected) > 2 / float(tracks.rate_hz))).sum())


def _periods(game: Game, tracks: Tracks, observed: np.ndarray) -> tuple[PeriodQuality, ...]:
    out = []
    for o in find_orientation(tracks, game.roster):
        rows = tracks.period == o.period
        t = tracks.t_s[rows]
        names = {0: "home attacks right", 1: "away attacks right", None: "unknown"}
        said = game.attacks_right(o.period)
        out.append(
            PeriodQuality(
                period=o.period,
                minutes=round(float(t.max() - t.min()) / 60, 2) if len(t) else 0.0,
                frames=int(rows.sum()),
                observed_share=_share((observed & rows).sum(), int(rows.sum())),
                ball_share=_share((tracks.ball_present & rows).sum(), int(rows.sum())),
                direction=names[said if said is not None else o.attacks_right],
                direction_by=o.by,
                direction_gap_m=round(o.gap_m, 1),
            )
        )
    return tuple(out)


def _per_minute(tracks: Tracks, count: np.ndarray, observed: np.ndarray) -> tuple[tuple[int, float, float, float], ...]:
    """(period, minute, mean players when seen, share of the minute seen) for each minute of each period."""
    out = []
    for p in np.unique(tracks.period[tracks.period > 0]):
        rows = np.flatnonzero(tracks.period == p)
        minute = (tracks.t_s[rows] // 60).astype(int)
        for m in np.unique(minute):
            r = rows[minute == m]
            seen = observed[r]
            mean = float(count[r][seen].mean()) if seen.any() else 0.0
            out.append((int(p), float(m), round(mean, 2), _share(seen.sum(), len(r))))
    return tuple(out)


def _findings(q: Quality, game: Game) -> list[Finding]:
    out: list[Finding] = []

    def say(level: str, check: str, text: str) -> None:
        out.append(Finding(level, check, text))

    unknown = [p.period for p in q.periods if p.direction == "unknown"]
    if unknown:
        say(
            "warning",
            "Direction",
            f"The direction of play could not be found in period {', '.join(map(str, unknown))}.",
        )
    elif q.periods:
        how = "; ".join(
            f"period {p.period}: {p.direction} ({p.direction_by}, {p.direction_gap_m:.0f} m apart)" for p in q.periods
        )
        say("ok", "Direction", f"{how[0].upper()}{how[1:]}. Positions are stored as the provider gave them.")
    directions = [p.direction for p in q.periods if p.direction != "unknown"]
    if len(directions) > 1 and len(set(directions)) == 1:
        say("note", "Ends", "The sides do not change ends between periods: the provider may have turned the positions.")
    level = "ok" if q.observed_share > 0.95 else "note" if q.observed_share > 0.5 else "warning"
    say(
        level,
        "Observed",
        f"Players were seen in {q.observed_share:.0%} of play; the longest gap lasts {q.longest_gap_s:.0f} s, "
        f"{q.gaps_over_5s} last over 5 s.",
    )
    level = "ok" if q.ball_share > 0.9 else "note" if q.ball_share > 0.3 else "warning"
    say(level, "Ball", f"The ball was seen in {q.ball_share:.0%} of play.")
    say(
        "ok" if q.players_median >= 20 else "note",
        "Players on camera",
        f"{q.players_median:.0f} players at the median when anybody is seen, {q.players_max} at most.",
    )
    if q.unnamed_share > 0:
        say("note", "Unnamed players", f"{q.unnamed_share:.1%} of positions have a team but no name.")
    if q.estimated_share > 0:
        say(
            "note",
            "Estimated positions",
            f"{q.estimated_share:.0%} of positions were filled in by the provider off camera.",
        )
    if q.id_jumps:
        say(
            "note" if q.too_fast_share < 0.01 else "warning",
            "Jumps",
            f"{q.id_jumps:,} steps are faster than {MAX_JUMP_MPS:.0f} m/s (identities that jump): left out of speeds "
            f"and distances. Unsmoothed speed, 99.9th percentile: {q.speed_p999_mps:.1f} m/s.",
        )
    if q.off_court_share > 0:
        say(
            "note" if q.off_court_share < 0.01 else "warning",
            "Off the court",
            f"{q.off_court_share:.2%} of positions lie over {OFF_COURT_M:.0f} m outside the lines, "
            f"the furthest {q.off_court_max_m:.0f} m.",
        )
    if q.clock_gaps:
        say("warning", "Clock", f"The clock and the frame numbers disagree in {q.clock_gaps} places.")
    for what, n in game.repairs.items():
        say("note", "Set aside", f"{n:,} {what}.")
    return out
