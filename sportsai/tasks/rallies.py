"""What a team does at a moment of a rally, and what each person does then: SIMULATED volleyball, tracks over time.

The public Volleyball Dataset says what people do in one frame; here everybody is followed, and every label is exact.
A window is `frames` samples, `step_s` apart, of the twelve on court, about a moment close to a contact (pass, set,
spike) or in the midst of the winners' coming together; the person actions are those at that moment. Nobody is the key,
and who plays for whom is not told: the two teams are the two halves of the people along x, as in the picture of a
rally. Exchanging left and right exchanges the activities (`Examples.turned`). The ball is left out unless asked for:
with it, few need to look at the people. Games are made from the recipe's seed, or read from a folder that
`sportsai simulate volleyball` wrote.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from sportsai.court import load_league
from sportsai.data import Game
from sportsai.data.windows import NEITHER, Windows, join
from sportsai.errors import DataError
from sportsai.readers import table
from sportsai.simulate import volleyball
from sportsai.simulate.volleyball import ABSENT, ACTIONS
from sportsai.tasks import EVENT, Examples, TaskOptions

TITLE = "What a team does in a rally, and each person in it, over time (SIMULATED volleyball)"
EXPECTED = "simulated-N.parquet with its TOML, from `sportsai simulate volleyball`"
KEY = False
MAKES = True  # no files are needed
MODELS = ("hierarchical_lstm", "group_tokens", "boosted", "majority")
ACTIVITIES = ("l_pass", "r_pass", "l_set", "r_set", "l_spike", "r_spike", "l_winpoint", "r_winpoint")
TURNED = (1, 0, 3, 2, 5, 4, 7, 6)
PLACES = 12
HALF_M = 9.0
READS = "positions of all people and, where it is told, of the ball, on the court"
FAILS = (
    "Simulated: nobody played these games. How well it reads real rallies is not known.",
    "Every person is seen all the time, in metres, with white noise; a camera loses people and errs in one direction.",
    "A team's choices are drawn at random; real teams play to a plan and to their opponents.",
)


class Options(TaskOptions):
    """contests, rallies, seed: what is made where no folder is named. step_s: between samples. reference: the moment is
    the middle sample or the last. spread_s: it lies off the contact by so much at most, as an annotator's frame may,
    never nearer to another activity. ball: it is seen. posture: also the height of each one's hips and hands, which a
    picture of him alone would show. noise_m: error of each position, standard deviation, metres.
    """

    contests: int = Field(default=12, ge=1)
    rallies: int = Field(default=60, ge=1)
    seed: int = Field(default=0, ge=0)
    step_s: float = Field(default=0.2, ge=0.04, le=1.0)
    reference: Literal["middle", "last"] = "middle"
    spread_s: float = Field(default=0.2, ge=0, le=0.2)
    ball: bool = False
    posture: bool = False
    noise_m: float = Field(default=0.1, ge=0)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the team activities in order."""
        return ACTIVITIES


def find(folder: Path) -> list[Path]:
    """Return every simulated game in `folder` or below; [] if there is none."""
    return sorted(p for p in Path(folder).rglob("simulated-*.parquet") if table.sniff(p))


def examples(files: Sequence[Path], options: Options, frames: int) -> Examples:
    """Return the team activities of the games in `files`, or of games made now where there are none."""
    stride = round(options.step_s * volleyball.RATE_HZ)
    if frames < 1 or (frames - 1) * stride > 4 * volleyball.RATE_HZ:
        raise DataError(f"{frames} samples, {options.step_s:g} s apart", expected="at least 1 sample, 4 s at most")
    parts, people, posture, facts = [], [], [], []
    sources: dict[str, str] = {}
    refused, said = 0, ""
    for number, (game, actions, body, mark) in enumerate(_read(files) if files else _made(options)):
        cut = _cut(game, actions, body, options, frames, stride, np.random.default_rng([options.seed, number, 7]))
        parts.append(cut[0])
        people.append(cut[1])
        posture.append(cut[2])
        facts.append(cut[3])
        refused += cut[0].refused
        sources |= mark
        said = game.terms or said
    windows = join(parts)
    n = len(windows)
    return Examples(
        windows=windows, names=ACTIVITIES, kind=np.full(n, EVENT, np.int64), people=np.concatenate(people),
        people_names=ACTIONS, more={"image": np.concatenate(posture)} if options.posture else {},
        turned=np.array(TURNED), headline="accuracy", facts=pd.concat(facts, ignore_index=True), sources=sources,
        terms=said, refused={"moments too near a rally's begin or end": refused},
    )  # fmt: skip


_Read = tuple[Game, NDArray[np.int8], NDArray[np.float32], dict[str, str]]


def _made(options: Options) -> Iterator[_Read]:
    for made in volleyball.games(options.contests, options.rallies, options.seed):
        t = made.game.tracks
        assert t is not None
        sha = hashlib.sha256(t.xy.tobytes() + made.actions.tobytes() + made.posture.tobytes())
        yield made.game, made.actions, made.posture, {f"{made.game.id}, seed {options.seed}": sha.hexdigest()}


def _read(files: Sequence[Path]) -> Iterator[_Read]:
    league = load_league("volleyball")
    for path in files:
        (game,) = table.read((path,), league)
        t = game.tracks
        assert t is not None
        try:
            said = pd.read_parquet(path, columns=["frame", "team", "player", "action", "hips_m", "hands_m"])
        except (OSError, ValueError) as bad:
            raise DataError("it does not say what people do", path=path, expected=EXPECTED) from bad
        said = said[said["player"].astype(str) != "ball"]
        by = {(game.teams[p.side].name, p.name): t.slot_of(p.id) for p in game.roster}
        slot = np.array([by[k] for k in zip(said["team"].astype(str), said["player"].astype(str), strict=True)])
        row = t.rows(said["frame"].to_numpy())
        actions = np.full((t.T, t.P), ABSENT, np.int8)
        posture = np.zeros((t.T, t.P, 2), np.float32)
        actions[row, slot] = said["action"].astype(str).map({a: i for i, a in enumerate(ACTIONS)})
        posture[row, slot] = said[["hips_m", "hands_m"]]
        yield game, actions, posture, dict(game.source)


def _cut(
    game: Game, actions: NDArray[np.int8], posture: NDArray[np.float32], options: Options, frames: int, stride: int,
    rng: np.random.Generator,
) -> tuple[Windows, NDArray[np.int64], NDArray[np.float32], pd.DataFrame]:  # fmt: skip
    """Return a game's windows, people's actions (n, P), posture (n, P, T, 2) and facts."""
    t, e = game.tracks, game.events
    assert t is not None and e is not None
    mine = e[e["type"].isin(ACTIVITIES)].reset_index(drop=True)
    reference = frames - 1 if options.reference == "last" else frames // 2
    moment, off = mine["frame"].to_numpy(np.int64), round(options.spread_s * volleyball.RATE_HZ)
    low, high = mine["start_frame"].to_numpy(np.int64), mine["end_frame"].to_numpy(np.int64)
    moment = rng.integers(np.maximum(low, moment - off), np.minimum(high, moment + off + 1))
    at = t.rows(moment)
    rows = at[:, None] + (np.arange(frames) - reference) * stride
    inside = (rows >= 0) & (rows < t.T)
    rows = np.clip(rows, 0, t.T - 1)
    joined = inside & (t.frame[rows] - t.frame[at][:, None] == rows - at[:, None])  # no rally before or after
    good = joined.all(1)
    mine, at, rows = mine[good].reset_index(drop=True), at[good], rows[good]
    n = len(mine)
    order = np.lexsort((np.array([s.player_id or "" for s in t.slots]), t.side))  # home first, however they were read
    slot = np.stack([order[t.present[r][order]][:PLACES] for r in at]) if n else np.zeros((0, PLACES), np.int64)
    xy = t.xy[rows[:, None], slot[..., None]] + rng.normal(0, options.noise_m, (n, PLACES, frames, 2))
    seen = options.ball & t.ball_present[rows]
    first, last = t.frame[rows[:, 0]], t.frame[rows[:, -1]]
    windows = Windows(
        xy=(xy / HALF_M).astype(np.float32), present=t.present[rows[:, None], slot[..., None]],
        relation=np.full((n, PLACES), NEITHER, np.int8), slot=slot, key=np.zeros(n, np.int64),
        ball=np.where(seen[..., None], t.ball_xy[rows] / HALF_M, 0).astype(np.float32), ball_present=seen,
        label=np.array([ACTIVITIES.index(k) for k in mine["type"]], np.int64), game=np.zeros(n, np.int64),
        period=t.period[at], frame=t.frame[at].astype(np.int64), first_frame=first.astype(np.int64),
        last_frame=last.astype(np.int64), request=np.flatnonzero(good), games=(game.id,), scale_m=HALF_M,
        reference=reference, refused=int((~good).sum()),
    )  # fmt: skip
    facts = pd.DataFrame(
        {"rally": [a["rally"] for a in mine["attributes"]], "how": [a["how"] for a in mine["attributes"]]}
    )
    return windows, actions[at[:, None], slot].astype(np.int64), posture[rows[:, None], slot[..., None]], facts
