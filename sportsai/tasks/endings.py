"""What ends a possession - a basket, a miss, a turnover, a foul - and which of the five attackers it was.

A window is the last `frames` samples of a possession up to its own end, or up to `stop_s` before it: only that asks
what WILL happen. It never reaches past the possession's end: two seconds later it would be plain to see. All ten
players and the ball, with its height; no clock by default. While the clock stands still nothing is sampled, and so the
time from a possession's end to the next sample would give fouls away: no model is given gaps, frames or what follows.

The log's clock is in whole seconds and up to 5 s late. An entry may belong to a possession whose last sample lies
0 to 6 s before the log's second, or, the whistle having gone while somebody still held the ball, at most 1 s after it;
of the possessions of its offence it belongs to the nearest. A shot's and a turnover's offence is the team the log
names; a foul's is the other one, unless it is an offensive foul. Technical fouls end no possession. Asked the clock
alone, the log names the tracked offence in 98.6 % of the shots and turnovers that only one possession can claim
(`agreement`). A basket with a foul is a basket; an offensive foul is the turnover the log also writes. A possession
with no entry, or with several moments - a miss and what came of the rebound - is left out, and counted: of 16,477 of
16 samples or more 818 and 843.

Who: the first name of a shot or a turnover, among the five attackers of the last sample. A foul's first name is the
man who fouled: fouls are left out there. With `free_throws` a foul that sends the offence to the line, as the log says
by a free throw of the offence at the same second, is a class of its own.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from sportsai.data.game import game_id
from sportsai.data.windows import OTHER, OWN, Windows
from sportsai.errors import DataError
from sportsai.readers import nba_quarters, source
from sportsai.tasks import EVENT, Examples, TaskOptions, of_all
from sportsai.tasks.styles import SCALE_M

TITLE = "what ends an NBA possession, or who ends it (ten players and the ball)"
KEY = False  # no player is the key: place 0 is the attacker nearest to the ball at the last sample
EXPECTED = f"{nba_quarters.MAIN} with teams.csv, players.csv and {nba_quarters.LOG} beside it"
NAMES = ("made", "missed", "turnover", "foul", "free_throws")
MODELS = ("pair_former", "boosted", "boosted_simple", "last_holder", "majority")
FAILS = (
    "First quarters of 2015-16; possessions whose end the log tells twice or not at all are left out.",
    "When a possession ends is given: whoever ends windows later scores higher, and earlier, lower.",
    "A foul that stops nothing but the clock looks like any other moment with the ball in hand.",
    "A shot still in the air as the possession ends is told by its flight alone: one in six wrongly.",
)
READS = "positions and, where it is told, the ball's height, with the acting team attacking right"
STEP_S = float(1 / nba_quarters.RATE_HZ)
EARLY_S = 1.0  # an entry may be logged so long before the possession's last sample
MADE, MISSED, TURNOVER, FOUL = 1, 2, 5, 6  # of the log
TO_THE_LINE = 3  # of the log: a free throw
LED_TO_THE_LINE = 7  # ours: a foul with a free throw of the offence at its second
KINDS = (MADE, MISSED, TURNOVER, FOUL, LED_TO_THE_LINE)
TECHNICAL_SHOT = 16  # kind of free throw (EVENTMSGACTIONTYPE): anybody's, for a technical foul
OFFENSIVE = (4, 26)  # kinds of foul (EVENTMSGACTIONTYPE): offensive, charge
TECHNICAL = (11, 12, 13, 16, 17, 18, 19, 25)  # kinds of foul that end no possession

Int = NDArray[np.int64]
Bool = NDArray[np.bool_]
Float = NDArray[np.float64]


class Options(TaskOptions):
    """Keys of the task's [data] table.

    ask: "what" ended it, or "who" did. stop_s: how long before the possession's end the window stops. height: the
    ball's height is an input. clock: so are the shot clock and the game clock as the window begins. free_throws: a foul
    that sends the offence to the line is a class of its own.
    """

    ask: Literal["what", "who"] = "what"
    stop_s: float = Field(default=0.0, ge=0, le=8)
    height: bool = True
    clock: bool = False
    free_throws: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The classes in order; none where a player is asked for."""
        return () if self.ask == "who" else NAMES if self.free_throws else NAMES[:-1]


def find(folder: Path) -> list[Path]:
    """Return the archives in `folder`, its folder basketball where it has one, and all below; [] if none."""
    folder = Path(folder)
    base = folder / "basketball" if (folder / "basketball").is_dir() else folder
    found = sorted(base.rglob(nba_quarters.MAIN)) if base.is_dir() else []
    beside = ("teams.csv", "players.csv", nba_quarters.LOG)
    return [p for p in found if nba_quarters.sniff(p) and all(p.with_name(n).is_file() for n in beside)]


def examples(files: Sequence[Path], options: Options, frames: int) -> Examples:
    """Return a window of `frames` samples for each possession whose end the log tells; contests are games."""
    if not files:
        raise DataError("no files", expected=EXPECTED)
    if frames < 2:
        raise DataError(f"a window of {frames} samples", expected="at least 2")
    found = of_all([_read(Path(p), options, frames) for p in files])
    if not len(found):
        raise DataError("no possession can be used", path=files[0],
                        expected=f"some of {frames} samples or more that the log tells the end of",
                        todo="Left out: " + ", ".join(f"{v} {k}" for k, v in found.refused.items()) + ".")  # fmt: skip
    return found


def entries(plays: pd.DataFrame, home: str, visitor: str, ids: Mapping[int, str] | None = None) -> pd.DataFrame:
    """Return the entries of one game's log that may end a possession, with `offence`: whose possession they end.

    ids: a team by the league's number: the first "name" of a team's own turnover, which names no team otherwise.
    """
    foul = plays["msgtype"] == FOUL
    team = plays["team"].where(plays["team"].isin([home, visitor]), plays["p1"].map(dict(ids or {})))
    kept = plays["msgtype"].isin([MADE, MISSED, TURNOVER, FOUL]) & team.isin([home, visitor])
    kept &= ~(foul & plays["actiontype"].isin(TECHNICAL))
    plays, team = plays[kept], team[kept]
    turned = (plays["msgtype"] == FOUL) & ~plays["actiontype"].isin(OFFENSIVE)
    other = np.where(team == home, visitor, home)
    return plays.assign(offence=np.where(turned, other, team)).reset_index(drop=True)


def to_the_line(log: pd.DataFrame) -> set[tuple[str, int]]:
    """Return the team and the clock, in whole seconds, of each free throw that is not for a technical foul."""
    shots = log[(log["msgtype"] == TO_THE_LINE) & (log["actiontype"] != TECHNICAL_SHOT)]
    return {(str(t), int(c)) for t, c in zip(shots["team"], shots["clock_s"], strict=True)}


def assign(log: pd.DataFrame, end_s: Float, offence: NDArray[np.str_]) -> Int:
    """Return the possession each entry of one game ends, -1 for none, (E,).

    end_s (P,): the clock at each possession's last sample; offence (P,): its team's abbreviation. Nearest is by how
    late the entry is; one logged before the last sample counts as later than any other.
    """
    late = end_s[None] - log["clock_s"].to_numpy(np.float64)[:, None]  # (E, P)
    can = (late >= -EARLY_S) & (late < nba_quarters.LATE_S) & (log["offence"].to_numpy(str)[:, None] == offence[None])
    cost = np.where(can, np.where(late >= 0, late, nba_quarters.LATE_S - late), np.inf)
    if not cost.size:
        return np.full(len(log), -1, np.int64)
    return np.where(can.any(1), cost.argmin(1), -1)


def agreement(log: pd.DataFrame, end_s: Float, offence: NDArray[np.str_]) -> tuple[int, int]:
    """Return how many shots and turnovers only one possession can claim by the clock, and of how many of them the log
    names the tracked offence: a check of both that plays no part in the alignment."""
    late = end_s[None] - log["clock_s"].to_numpy(np.float64)[:, None]
    can = (late >= -EARLY_S) & (late < nba_quarters.LATE_S)
    once = (can.sum(1) == 1) & (log["msgtype"] != FOUL).to_numpy()
    same = log["offence"].to_numpy(str)[once] == offence[can[once].argmax(1)]
    return int(once.sum()), int(same.sum())


def decide(entries: list[tuple[int, int, int]]) -> int | None:
    """Return which entry of one possession ended it: its place in the list, -1 for none, None for several moments.

    entries: (msgtype, actiontype, clock_s) in the order of the log. One second is one moment where it holds a basket
    and the foul on the shooter, or an offensive foul and its turnover.
    """
    if not entries:
        return -1
    kinds = sorted(e[0] for e in entries)
    if len(entries) == 1:
        return 0
    if len(entries) == 2 and entries[0][2] == entries[1][2]:
        foul = next((e for e in entries if e[0] == FOUL), None)
        if foul and kinds == [MADE, FOUL] and foul[1] not in OFFENSIVE:
            return [e[0] for e in entries].index(MADE)
        if foul and kinds == [TURNOVER, FOUL] and foul[1] in OFFENSIVE:
            return [e[0] for e in entries].index(TURNOVER)
    return None


def _read(path: Path, options: Options, frames: int) -> Examples:
    path = path / nba_quarters.MAIN if path.is_dir() else path
    played = nba_quarters.possessions(path)
    log = nba_quarters.plays(path)
    names, ids = np.array(played.teams, str), nba_quarters.player_ids(path)
    team_of = dict(zip(played.team_ids, played.teams, strict=True))
    last = played.end - 1
    stop = math.ceil(options.stop_s / STEP_S - 1e-9)
    refused: Counter[str] = Counter()
    checked, agreed = 0, 0
    by_game = dict(iter(log.groupby(log["game_id"].astype(np.int64))))
    row, kind, actor, late = [], [], [], []
    long = played.end - played.start >= frames + stop
    refused[f"possessions of fewer than {frames + stop} samples"] = int((~long).sum())
    whole = (played.person[np.maximum(played.end - stop - frames, 0)] == played.person[np.maximum(last, 0)]).all(1)
    for g, number in enumerate(played.game_id):
        of = np.flatnonzero((played.game == g) & (played.end > played.start))
        mine = by_game.get(int(number), log.iloc[:0])
        told = entries(mine, str(names[played.home[g]]), str(names[played.visitor[g]]), team_of)
        end_s, offence = played.clock_s[last[of]], names[played.offence[of]]
        n, same = agreement(told, end_s, offence)
        checked, agreed = checked + n, agreed + same
        where = assign(told, end_s, offence)
        plain = told[["msgtype", "actiontype", "clock_s", "p1"]].to_numpy(np.int64)
        shots = to_the_line(mine) if options.free_throws else set()
        for i in np.flatnonzero(long[of]):
            own = plain[where == i]
            which = decide([(int(e[0]), int(e[1]), int(e[2])) for e in own])
            if which == -1 or which is None:
                refused["possessions whose end the log does not tell" if which else
                        "possessions with several moments in the log"] += 1  # fmt: skip
                continue
            if not whole[of[i]]:
                refused["possessions in which a player was replaced"] += 1
                continue
            row.append(of[i])
            led = own[which, 0] == FOUL and (str(offence[i]), int(own[which, 2])) in shots
            kind.append(LED_TO_THE_LINE if led else int(own[which, 0]))
            actor.append(int(own[which, 3]))
            late.append(end_s[i] - own[which, 2])
    chosen, what, who = np.array(row, np.int64), np.array(kind, np.int64), np.array(actor, np.int64)
    windows, person = _cut(played, chosen, stop, frames, ids)
    is_him = person[:, :5] == who[:, None]
    facts = pd.DataFrame(
        {
            "game_id": played.game_id[played.game[chosen]],
            "offence": names[played.offence[chosen]],
            "defence": names[played.defence[chosen]],
            "possession": chosen,
            "ending": np.array(NAMES)[np.searchsorted(KINDS, what)] if len(what) else [],
            "player": who.astype(str),
            "logged_late_s": np.array(late, np.float64),
        }
    )
    label = np.searchsorted(KINDS, what)
    choices = None
    keep = np.ones(len(chosen), bool)
    if options.ask == "who":
        keep = (what < FOUL) & is_him.any(1)
        refused["fouls: their first name is the man who fouled"] = int((what >= FOUL).sum())
        refused["by none of the five attackers: a team's turnover, or a man not on court"] = int(
            ((what < FOUL) & ~is_him.any(1)).sum()
        )
        label = is_him.argmax(1)
        choices = np.tile(np.arange(10) < 5, (len(chosen), 1))
    found = Examples(
        windows=replace(windows, label=label.astype(np.int64)),
        names=options.names,
        kind=np.full(len(chosen), EVENT, np.int64),
        choices=choices,
        more=_more(played, chosen, stop, frames, options),
        facts=facts,
        sources=source.fingerprints(path, path.with_name("teams.csv"), path.with_name(nba_quarters.LOG)),
        terms=nba_quarters.TERMS,
        refused={k: v for k, v in refused.items() if v},
    )
    found.facts.attrs["agreement"] = (checked, agreed)
    return found if keep.all() else found.take(keep)


def _more(
    played: nba_quarters.Possessions, row: Int, stop: int, frames: int, options: Options
) -> dict[str, NDArray[np.float32]]:
    at = played.end[row, None] - stop - frames + np.arange(frames)
    more = {}
    if options.height:
        more["ball_z"] = played.ball_z[at][..., None]
    if options.clock:
        first = at[:, 0]
        more["clock"] = np.column_stack([played.shot_clock_s[first], played.clock_s[first]]).astype(np.float32)
    return more


def _cut(played: nba_quarters.Possessions, row: Int, stop: int, frames: int, ids: Int) -> tuple[Windows, Int]:
    """Return the windows, the offence attacking +x, and who is at each place, (n, 10): the five attackers nearest to
    the ball at the last sample first, then the defenders likewise."""
    n = len(row)
    at = played.end[row, None] - stop - frames + np.arange(frames)  # (n, T)
    turn = np.where(played.attacks_right[row], 1.0, -1.0).astype(np.float32) / np.float32(SCALE_M)
    own = np.where(played.is_home[row], 0, 5)[:, None]
    places = np.concatenate([own + np.arange(5), 5 - own + np.arange(5)], 1)  # (n, 10) columns of `person`
    ball = played.xy[at, 0] * turn[:, None, None]
    xy = played.xy[at[:, None], places[:, :, None] + 1] * turn[:, None, None, None]  # (n, 10, T, 2)
    away = ((xy[:, :, -1] - ball[:, None, -1]) ** 2).sum(-1)
    order = np.concatenate(
        [np.argsort(away[:, :5], 1, kind="stable"), 5 + np.argsort(away[:, 5:], 1, kind="stable")], 1
    )
    xy, places = np.take_along_axis(xy, order[:, :, None, None], 1), np.take_along_axis(places, order, 1)
    game, index = np.unique(played.game[row], return_inverse=True)
    frame = played.frame
    windows = Windows(
        xy=xy,
        present=np.ones((n, 10, frames), bool),
        relation=np.tile(np.repeat(np.array([OWN, OTHER], np.int8), 5), (n, 1)),
        slot=places,
        key=np.zeros(n, np.int64),
        ball=ball,
        ball_present=np.ones((n, frames), bool),
        label=np.zeros(n, np.int64),
        game=index.astype(np.int64),
        period=np.ones(n, np.int8),
        frame=frame[at[:, -1]],
        first_frame=frame[at[:, 0]],
        last_frame=frame[at[:, -1]],
        request=row,
        games=tuple(game_id(played.game_id[g]) for g in game),
        scale_m=float(SCALE_M),
        reference=frames - 1,
    )
    return windows, ids[played.person[at[:, -1:], places]]
