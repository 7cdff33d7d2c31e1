"""Volleyball that nobody played: ball flight, roles, rotation, blocks, digs, errors, and labels that are exact.

Why: the public Volleyball Dataset says who stands where in one frame of a clip only; what people do over time must be
learnt, and each part of a model weighed, on something of which everything is known.

Rule book (FIVB, Official Volleyball Rules 2021-2024): court and net (1.1, 2.1), a point each rally (6.1), sets to 25
and 15, two points ahead, best of five (6.2, 6.3), rotation and places at the serve (7.4 to 7.6), contacts (9.1), over
the net between the antennas (10.1), serve from behind the end line (12.4.3), attack line (13.2.2), block (14), ends
changed after a set (18.2), the libero for a back-row middle (19.3). Made up: how people move, how well and what they
choose, all numbers in metres, seconds and shares, and the time between rallies, which is cut out: frame numbers jump.
Left out: air resistance, spin, nets touched, double contacts, time-outs, substitutions, the change of ends at 8 in a
fifth set, people getting in each other's way.

Labels. Team activities, a contact's frame each: pass is a side's first contact, set its second, spike its third ("all
actions which direct the ball towards the opponent", 13.1.1, free balls too); winpoint is seen in the midst of the
winners' coming together, 1.0 to 1.6 s after the ball is dead. l_ and r_ are the sides of the court as drawn. Every
person has one of nine actions at every frame. `posture` is what a picture of him alone would show, made up from these.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai import __version__
from sportsai.data import AWAY, HOME, Game, Period, Player, Slot, Team, Tracks, empty_tracks, events_frame
from sportsai.errors import DataError
from sportsai.simulate._flight import BALL_M, NET_M, RATE_HZ
from sportsai.simulate._formation import LIBERO, ROLES, lineup
from sportsai.simulate._rally import Rally
from sportsai.simulate._story import Contact, Story, Style

Float = NDArray[np.float64]
ACTIONS = ("waiting", "setting", "digging", "falling", "spiking", "blocking", "jumping", "moving", "standing")
OVER = ("jumping", "blocking", "spiking", "setting", "digging", "falling")  # a later one hides an earlier one
ABSENT = -1  # action of a player who is not on court
MOVING_MPS = 0.9
SPAN = 5  # frames an activity is seen before and after its own, at most
BETWEEN_S, BETWEEN_SETS_S = (9.0, 16.0), 180.0
PER_TEAM = len(ROLES)
# height of hips and of hands in a person's own height, without a jump; made up
POSTURE = {
    "waiting": (0.46, 0.50), "setting": (0.51, 1.12), "digging": (0.36, 0.34), "falling": (0.15, 0.20),
    "spiking": (0.52, 1.28), "blocking": (0.52, 1.28), "jumping": (0.52, 0.95), "moving": (0.50, 0.55),
    "standing": (0.53, 0.45),
}  # fmt: skip


@dataclass(frozen=True)
class Simulated:
    """A simulated game and what no reader would know of it.

    Shapes, of its tracks' T frames and P = 14 slots
    ------
    actions (T, P) int8 index into ACTIONS, ABSENT off court. posture (T, P, 2) float32 metres, hips and hands over the
    floor. rally (T,) int32, 0-based. crossings (N, 4): where the ball in play passed the net's plane, and the rally.
    """

    game: Game
    actions: NDArray[np.int8]
    posture: NDArray[np.float32]
    rally: NDArray[np.int32]
    crossings: Float
    net_m: float


def simulate(
    number: int = 1,
    rallies: int = 100,
    seed: int = 0,
    *,
    net: str = "men",
    progress: Callable[[int], None] | None = None,
) -> Simulated:
    """Return game `number` of a seed: at most so many rallies, fewer where the match is over before.

    The same arguments give the same bits; a longer game begins as a shorter one does.
    Raises DataError where a number makes no game.
    """
    for value, name, least in ((number, "number", 1), (rallies, "rallies", 1), (seed, "seed", 0)):
        if value < least:
            raise DataError(f"{name} = {value}", expected=f"{least} or more")
    if net not in NET_M:
        raise DataError(f'net = "{net}"', expected=" or ".join(f'"{n}"' for n in NET_M))
    rng = np.random.default_rng([seed, number])
    styles = Style.drawn(rng), Style.drawn(rng)
    top = rng.uniform(5.4, 6.4, (2, PER_TEAM))
    tall = rng.normal(1.95, 0.05, (2, PER_TEAM)) - np.array([0.12 if r == LIBERO else 0.0 for r in ROLES])
    turns, score, sets, server, first = [0, 3], [0, 0], [0, 0], int(rng.integers(2)), 0
    period, frame, parts = 1, 0, []
    for n in range(rallies):
        own = np.random.default_rng([seed, number, n])
        teams = lineup(turns[0], server == 0), lineup(turns[1], server == 1)
        tops = np.concatenate([top[s][teams[s].who] for s in (0, 1)])
        turned = period % 2 == 0  # ends are changed after each set (Rule 18.2.1)
        rally = Rally(own, teams, styles, server, NET_M[net], tops)
        story = rally.play()
        score[story.winner] += 1
        parts.append(_part(rally, story, period, frame, n, turned, own, tall, (score[0], score[1])))
        if story.winner != server:  # Rule 7.6.1: who wins the serve back turns by a place
            server = story.winner
            turns[server] += 1
        frame += story.frames + round(own.uniform(*BETWEEN_S) * RATE_HZ)
        points = 15 if period == 5 else 25
        if max(score) >= points and abs(score[0] - score[1]) >= 2:
            sets[int(score[1] > score[0])] += 1
            if max(sets) == 3:
                break
            period, score, frame = period + 1, [0, 0], frame + round(BETWEEN_SETS_S * RATE_HZ)
            first = 1 - first
            server = int(rng.integers(2)) if period == 5 else (server + 1) % 2
            turns = [int(t) for t in rng.integers(0, 6, 2)]
        if progress:
            progress(n + 1)
    return _game(parts, number, seed, NET_M[net])


def games(count: int, rallies: int, seed: int, *, net: str = "men") -> Iterator[Simulated]:
    """Yield the games of a seed in order, each of teams of its own."""
    if count < 1:
        raise DataError(f"{count} games", expected="1 or more")
    for number in range(1, count + 1):
        yield simulate(number, rallies, seed, net=net)


@dataclass(frozen=True)
class _Part:
    """A rally as arrays of F frames; who (12,) slot of each place; events as rows; on the court as drawn."""

    period: int
    frame: int
    number: int
    xy: Float
    ball: Float
    who: NDArray[np.int64]
    actions: NDArray[np.int8]
    posture: Float
    events: list[dict[str, object]]
    crossings: list[Float]


def _part(
    rally: Rally, story: Story, period: int, frame: int, number: int, turned: bool, rng: np.random.Generator,
    tall: Float, score: tuple[int, int],
) -> _Part:  # fmt: skip
    F, away = story.frames, -1.0 if turned else 1.0
    path = rally.people.path[:F]
    xy = path * np.repeat([1.0, -1.0], 6)[None, :, None] * away
    actions = _actions(path, story)
    who = np.concatenate([rally.teams[0].who, rally.teams[1].who + PER_TEAM])
    height = np.concatenate([tall[s][rally.teams[s].who] for s in (0, 1)])
    posture = _posture(actions, story, height, rng)
    ball = _ball(story) * np.array([away, away, 1.0])
    crossings = []
    for flight, end in zip(story.flights, [*(f.frame for f in story.flights[1:]), story.dead], strict=True):
        at, last = flight.crosses(), flight.at(min(end, flight.lands()))
        if at is not None and np.sign(last[0]) != np.sign(flight.start[0]):
            crossings.append(np.array([at[0] * away, at[1] * away, at[2], number]))
    events = _events(story, who, turned, number, score, away)
    return _Part(period, frame, number, xy, ball, who, actions, posture, events, crossings)


def _ball(story: Story) -> Float:
    """Return where the ball is at each frame, (F, 3): held, in flight after flight, then rolling on for a bit."""
    frames = np.arange(story.frames)
    starts = np.array([f.frame for f in story.flights])
    which = np.searchsorted(starts, frames, side="right") - 1
    out = np.tile(story.flights[0].start, (story.frames, 1))
    for k, flight in enumerate(story.flights):
        mine = which == k
        out[mine] = flight.at(frames[mine].astype(float))
    last = story.flights[-1]
    after = (frames - last.lands()) / RATE_HZ
    dead = after >= 0
    rolls = last.velocity * 0.25 * (1 - np.exp(-after[dead, None] * 2)) / 2
    out[dead] = last.at(last.lands()) + rolls * np.array([1.0, 1.0, 0.0])
    out[:, 2] = np.maximum(out[:, 2], BALL_M)
    return out


def _actions(path: Float, story: Story) -> NDArray[np.int8]:
    """Return what each of the twelve does at each frame, (F, 12)."""
    F = len(path)
    speed = np.hypot(*np.moveaxis(np.diff(path, axis=0, prepend=path[:1]) * RATE_HZ, -1, 0))
    smooth = np.stack([np.convolve(np.pad(s, 3, mode="edge"), np.ones(7) / 7, "valid") for s in speed.T], 1)
    out = np.full((F, 12), ACTIONS.index("standing"), np.int8)
    for start, end, team in story.on_guard:
        out[start:end, team * 6 : team * 6 + 6] = ACTIONS.index("waiting")
    out[smooth > MOVING_MPS] = ACTIONS.index("moving")
    for action in OVER:
        for start, end, who, said in story.marks:
            if said == action:
                out[max(start, 0) : max(end, 0), who] = ACTIONS.index(said)
    return out


def _posture(actions: NDArray[np.int8], story: Story, height: Float, rng: np.random.Generator) -> Float:
    """Return how high each one's hips and hands are at each frame, (F, 12, 2): no two people or moments quite alike."""
    level = np.array([POSTURE[a] for a in ACTIONS])[actions] * height[:, None]
    kernel = np.convolve(np.ones(5), np.ones(5)) / 25
    padded = np.pad(level, ((4, 4), (0, 0), (0, 0)), mode="edge")
    smooth = sum(k * padded[i : i + len(level)] for i, k in enumerate(kernel))
    frames = np.arange(len(level))
    for start, end, who, metres in story.leaps:
        t = np.clip((frames - start) / max(end - start, 1), 0, 1)
        smooth[:, who] += (4 * metres * t * (1 - t))[:, None]
    wobble = rng.normal(0, 1, (len(level), 12, 2))
    for i in range(1, len(level)):
        wobble[i] = 0.8 * wobble[i - 1] + 0.6 * wobble[i]
    lean = rng.normal(0, [0.03, 0.06], (12, 2))  # how far one crouches and holds his arms in this rally
    return np.asarray(np.maximum(smooth + wobble * np.array([0.03, 0.07]) + lean, 0.05).round(2))


def _events(
    story: Story, who: NDArray[np.int64], turned: bool, number: int, score: tuple[int, int], away: float
) -> list[dict[str, object]]:
    """Return contacts and team activities as rows, in order of time; frames of the rally."""

    def side(team: int) -> str:
        return "l" if (team == 0) != turned else "r"

    rows: list[dict[str, object]] = []
    for c in story.contacts:
        team = c.who // 6
        name = c.type if c.type in ("serve", "block") else f"{side(team)}_{c.type}"
        rows.append(_row(c, name, team, int(who[c.who]), away) | {"how": c.how, "rally": number})
    rows.append({"frame": story.won_at, "type": f"{side(story.winner)}_winpoint", "side": story.winner, "slot": -1,
                 "x": np.nan, "y": np.nan, "z": np.nan, "how": story.ended, "rally": number,
                 "points": f"{score[0]}-{score[1]}"})  # fmt: skip
    shown = [r for r in rows if r["type"] not in ("serve", "block")]
    for r in rows:
        at = int(str(r["frame"]))
        low, high = at - SPAN, at + SPAN + 1
        if r in shown:  # one activity at a time: halfway to its neighbours at most
            k = shown.index(r)
            low = max(low, (int(str(shown[k - 1]["frame"])) + at + 1) // 2) if k else low
            high = min(high, (int(str(shown[k + 1]["frame"])) + at + 1) // 2) if k + 1 < len(shown) else high
        r["start"], r["end"] = max(low, 0), min(high, story.frames)
    return rows


def _row(c: Contact, name: str, team: int, slot: int, away: float) -> dict[str, object]:
    return {"frame": c.frame, "type": name, "side": team, "slot": slot, "x": c.xyz[0] * away, "y": c.xyz[1] * away,
            "z": c.xyz[2]}  # fmt: skip


def team_names(number: int) -> tuple[str, str]:
    """Return the names of a game's teams, home and away."""
    return f"Simulated {2 * number - 1}", f"Simulated {2 * number}"


def _ids(number: int) -> list[str]:
    """Return the ids, and names, of a game's players, home first: team 3's are S3-1 to S3-7."""
    return [f"S{2 * number - 1 + s}-{i + 1}" for s in (0, 1) for i in range(PER_TEAM)]


def said(seed: int) -> str:
    """Return the line that says what this is."""
    return f"SIMULATED by sportsai {__version__}, seed {seed}: nobody played this"


def _game(parts: list[_Part], number: int, seed: int, net_m: float) -> Simulated:
    slots = tuple(Slot(i, HOME if k < PER_TEAM else AWAY) for k, i in enumerate(_ids(number)))
    roster = tuple(Player(i, i, int(k >= PER_TEAM), position=ROLES[k % PER_TEAM]) for k, i in enumerate(_ids(number)))
    T, P = sum(len(p.xy) for p in parts), len(slots)
    arrays = empty_tracks(T, slots, Fraction(RATE_HZ))
    actions, posture = np.full((T, P), ABSENT, np.int8), np.zeros((T, P, 2), np.float32)
    rally = np.zeros(T, np.int32)
    at, rows = 0, []
    starts: dict[int, int] = {}
    for part in parts:
        here = slice(at, at + len(part.xy))
        starts.setdefault(part.period, part.frame)
        arrays["frame"][here] = part.frame + np.arange(len(part.xy))
        arrays["period"][here] = part.period
        arrays["t_s"][here] = (arrays["frame"][here] - starts[part.period]) / RATE_HZ
        arrays["xy"][here, part.who], arrays["present"][here, part.who] = part.xy, True
        arrays["ball_xy"][here], arrays["ball_z"][here], arrays["ball_present"][here] = (
            part.ball[:, :2],
            part.ball[:, 2],
            True,
        )
        actions[here, part.who], posture[here, part.who], rally[here] = part.actions, part.posture, part.number
        rows += [r | {"frame": int(str(r["frame"])) + part.frame, "start": int(str(r["start"])) + part.frame,
                      "end": int(str(r["end"])) + part.frame, "period": part.period} for r in part.events]  # fmt: skip
        at += len(part.xy)
    tracks = Tracks(**arrays)
    table = pd.DataFrame(rows)
    frame = table["frame"].to_numpy(np.int64)
    begun = np.array([starts[p] for p in table["period"]])
    kept = table.astype(object).where(table.notna(), None).to_dict("records")
    events = events_frame(
        {
            "event_id": [f"e{k}" for k in range(len(table))],
            "period": table["period"],
            "t_s": (frame - begun) / RATE_HZ,
            "frame": frame,
            "type": table["type"],
            "side": table["side"],
            "player_id": [_ids(number)[k] if k >= 0 else pd.NA for k in table["slot"]],
            "x": table["x"],
            "y": table["y"],
            "start_frame": table["start"],
            "end_frame": table["end"],
            "attributes": [{k: r[k] for k in ("how", "rally", "points") if r.get(k) is not None} for r in kept],
        },
        len(table),
    )
    periods = []
    for p in sorted(starts):
        mine = tracks.frame[tracks.period == p]
        periods.append(Period(p, int(mine[0]), int(mine[-1]) + 1, HOME if p % 2 else AWAY))
    home, away = team_names(number)
    game = Game(
        id=f"simulated-{number}", league="volleyball", teams=(Team("home", home), Team("away", away)), roster=roster,
        court_length_m=18.0, court_width_m=9.0, periods=tuple(periods), tracks=tracks, events=events,
        competition=said(seed), provider="simulated", terms=said(seed), extra={"simulated": True, "seed": seed},
    )  # fmt: skip
    crossings = np.array([c for p in parts for c in p.crossings]).reshape(-1, 4)
    return Simulated(game, actions, posture, rally, crossings, net_m)


# ---- files that `sportsai ingest` reads like any other table ---------------------------------------------------------

_TOML = """# {said}
layout = "long"
rate_hz = {rate}
source = "sportsai/simulate/volleyball.py"
competition = "{said}"
terms = "{said}"
[columns]
frame = "frame"
period = "set"
player = "player"
team = "team"
role = "role"
x = "x_m"
y = "y_m"
z = "z_m"
[events]
file = "{events}"
[names]
home = "{home}"
away = "{away}"
"""


def files(made: Simulated) -> dict[str, bytes]:
    """Return a game's files by name: positions, what is said of them, events."""
    game, t = made.game, made.game.tracks
    assert t is not None and game.events is not None
    home, away = (team.name for team in game.teams)
    row, slot = np.nonzero(t.present)
    ball = np.arange(t.T)
    name = np.array([s.player_id for s in t.slots])
    role = np.array([ROLES[i % PER_TEAM] for i in range(t.P)])
    names = np.array([*ACTIONS, ""])
    order = np.lexsort((np.concatenate([slot, np.full(t.T, t.P)]), np.concatenate([row, ball])))

    def both(people: NDArray[np.generic], balls: NDArray[np.generic]) -> NDArray[np.generic]:
        return np.concatenate([people, balls])[order]

    none = np.full(t.T, np.nan, np.float32)
    positions = pd.DataFrame(
        {
            "frame": both(t.frame[row], t.frame),
            "set": both(t.period[row], t.period),
            "team": pd.Categorical(both(np.where(slot < PER_TEAM, home, away), np.full(t.T, "ball"))),
            "player": pd.Categorical(both(name[slot], np.full(t.T, "ball"))),
            "role": pd.Categorical(both(role[slot], np.full(t.T, ""))),
            "x_m": both(t.xy[row, slot, 0], t.ball_xy[:, 0]),
            "y_m": both(t.xy[row, slot, 1], t.ball_xy[:, 1]),
            "z_m": both(np.full(len(row), np.nan, np.float32), t.ball_z),
            "action": pd.Categorical(both(names[made.actions[row, slot]], np.full(t.T, ""))),
            "hips_m": both(made.posture[row, slot, 0], none),
            "hands_m": both(made.posture[row, slot, 1], none),
            "rally": both(made.rally[row], made.rally),
        }
    )
    buffer = io.BytesIO()
    positions.to_parquet(buffer, index=False)
    e = game.events
    table = pd.DataFrame(
        {
            "frame": e["frame"], "type": e["type"], "team": np.where(e["side"] == HOME, home, away),
            "player": e["player_id"].fillna(""),
            "x": e["x"], "y": e["y"], "start_frame": e["start_frame"], "end_frame": e["end_frame"],
            **{k: [a.get(k, "") for a in e["attributes"]] for k in ("how", "rally", "points")},
        }
    )  # fmt: skip
    events = f"{game.id}-events.csv"
    toml = _TOML.format(said=game.competition, rate=RATE_HZ, events=events, home=home, away=away)
    return {
        f"{game.id}.parquet": buffer.getvalue(), f"{game.id}.toml": toml.encode(),
        events: table.to_csv(index=False, float_format="%.4f").encode(),
    }  # fmt: skip


def readme(count: int, rallies: int, seed: int, net: str) -> str:
    """Return the page that lies beside the files."""
    return f"""# Simulated volleyball

{said(seed)}.

Made by `sportsai simulate volleyball --games {count} --rallies {rallies} --seed {seed} --net {net}`; the same command
with the same version makes the same files. {RATE_HZ} frames a second, metres from the court's centre.

| file | what |
|---|---|
| `simulated-N.parquet` | a row a person (or the ball) and frame: place, the ball's height, action, posture |
| `simulated-N-events.csv` | every contact and team activity, with its frame |
| `simulated-N.toml` | what the columns are; `sportsai ingest` reads the three together |

Between rallies nothing was simulated: frame numbers jump. What is rule book and what is made up stands in
`sportsai/simulate/volleyball.py`.
"""
