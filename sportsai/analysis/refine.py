"""What follows from what the analyst already knows: labels given for a game, a stretch or a moment, and all the others.

Moments are those the sport's label model was taught on: of hockey, the moments and players the log names; of soccer,
the starts of possessions with all 22 players in the data. Each is answered twice, knowing nothing and knowing what was
given; the second answer becomes a run of its own beside the first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai import __version__
from sportsai.analysis import _corrected, outcomes, plays
from sportsai.analysis._found import Int, score_of, slots_of, trained_on
from sportsai.analysis._weights import card_of, model_of
from sportsai.court import League, load_league
from sportsai.data.game import Game
from sportsai.data.windows import Windows
from sportsai.errors import DataError, StoreError, nearest, one_line
from sportsai.learn.weights import Weights, find_weights, load_weights
from sportsai.library import Library
from sportsai.library.corrected import Corrected
from sportsai.tasks.labels import at_rest
from sportsai.tasks.plays import Options as PlayOptions

Float = NDArray[np.float64]

RECIPE = "labels"
MOST = 20  # of the moments that changed most, kept in the run
LEAST = 0.5  # from which probability a label is taken to hold
_FORM = "LABEL, 'not LABEL', TEAM=LABEL, 17=LABEL, 12:30=LABEL, 12:00-14:30=LABEL, or P2/12:00-14:30=LABEL"
_CLOCK = r"(\d{1,3}):([0-5]\d)"
_WHEN = re.compile(rf"(?:(?:P?(\d+)/)?{_CLOCK}(?:-{_CLOCK})?|#?(\d+))\Z")


@dataclass(frozen=True)
class Given:
    """A label the analyst gave: where it holds or does not, and the words it was given in.

    side: of one team's moments. number: of one moment, from 1. period, start_s, end_s: a stretch of the match clock,
    whichever way it runs. All None: the whole game.
    """

    label: str
    holds: bool
    said: str
    number: int | None = None
    side: int | None = None
    period: int | None = None
    start_s: float | None = None
    end_s: float | None = None

    def at(self, moments: pd.DataFrame) -> NDArray[np.bool_]:
        """Return which moments it speaks of, (n,)."""
        n = len(moments)
        if self.number is not None:
            return np.arange(1, n + 1) == self.number
        here = np.ones(n, bool)
        if self.side is not None:
            here &= moments["side"].to_numpy() == self.side
        if self.period is not None:
            here &= moments["period"].to_numpy() == self.period
        if self.start_s is not None and self.end_s is not None:
            shown = np.floor(moments["clock_s"].to_numpy(np.float64))
            here &= (shown >= self.start_s) & (shown <= self.end_s)
        return here


def parse(text: str, names: Sequence[str], game: Game | None = None) -> Given:
    """Return what a --given says; DataError, in one line, when it cannot be read or the label is not known."""
    when, eq, what = text.rpartition("=")
    what = what.strip()
    holds = not what.lower().startswith("not ")
    label = (what if holds else what[4:]).strip().lower().replace(" ", "_").replace("-", "_")
    if label not in names:
        raise DataError(
            f'--given "{one_line(text, 60)}": no label "{one_line(label, 40)}"', expected=_FORM,
            todo=nearest(label, list(names)),
        )  # fmt: skip
    if not eq:
        return Given(label, holds, text)
    if game is not None and (side := _team(game, when.strip())) is not None:
        return Given(label, holds, text, side=side)
    found = _WHEN.match(when.strip())
    if found is None:
        raise DataError(f'--given "{one_line(text, 60)}": "{one_line(when, 30)}" is no moment', expected=_FORM)
    period, m0, s0, m1, s1, number = found.groups()
    if number is not None:
        return Given(label, holds, text, number=int(number))
    start = int(m0) * 60 + int(s0)
    end = start if m1 is None else int(m1) * 60 + int(s1)
    low, high = float(min(start, end)), float(max(start, end))
    return Given(label, holds, text, period=None if period is None else int(period), start_s=low, end_s=high)


def _team(game: Game, said: str) -> int | None:
    """Return whose events are meant by "home", "away" or a team's name, None where it is none of these."""
    for side, (word, team) in enumerate(zip(("home", "away"), game.teams, strict=True)):
        known = {word, team.name, team.display, team.abbreviation}
        if said.casefold() in {str(k).casefold() for k in known if k}:
            return side
    return None


def told(given: Sequence[Given], moments: pd.DataFrame, league: League, names: Sequence[str]) -> Float:
    """Return what is known of each moment and label, (n, L): 1, 0, NaN where nobody says.

    What a given label implies or lies in holds, too, and what it excludes does not. DataError where a given label
    speaks of no moment, or where two of them contradict each other (named, with the moment): nothing is averaged away.
    """
    graph, place = league.labels, {n: i for i, n in enumerate(names)}
    known = np.full((len(moments), len(names)), np.nan)
    by: dict[tuple[int, int], str] = {}
    for g in given:
        rows = np.flatnonzero(g.at(moments))
        if not len(rows):
            raise DataError(f'--given "{one_line(g.said, 60)}" speaks of none of the {len(moments)} moments',
                            expected=_FORM, todo="`sportsai refine GAME` lists them with their numbers.")  # fmt: skip
        if g.holds:
            says = dict.fromkeys(graph.entails(g.label), 1.0)
            says |= dict.fromkeys(graph.excluded(g.label), 0.0)
        else:
            says = dict.fromkeys((n for n in names if g.label in graph.entails(n)), 0.0)
        for name, value in says.items():
            k = place.get(name)
            if k is None:
                continue
            for r in rows.tolist():
                if known[r, k] == 1.0 - value:
                    raise DataError(
                        f'"{one_line(g.said, 60)}" and "{one_line(by[r, k], 60)}" contradict each other: '
                        f'"{name}" at moment {r + 1}', todo="Take one of them back, or say for which moment each is.",
                    )  # fmt: skip
                known[r, k] = value
                by[r, k] = g.said
    return known


def moments_of(game: Game, events: pd.DataFrame, weights: Weights) -> tuple[Windows, pd.DataFrame]:
    """Return a window for each moment, and the moments: frame, period, t_s, side, player_id, row of `events` or -1.

    Raises DataError where the game has no moment the model can be asked about.
    """
    tracks = game.tracks
    if tracks is None:
        raise DataError("the game has no tracks", todo="Ingest its tracking data.")
    of = weights.recipe.data.of
    if of == "plays":
        rows: Int = np.arange(len(events))
        frames, slots = events["frame"].to_numpy(np.int64), slots_of(tracks, events)
        windows = plays.windows_at(game, frames, slots, PlayOptions(task="plays"), weights.recipe.frames)
        rows = rows[windows.request]
    elif of == "outcomes":
        windows, rows = _starts(game, weights)
    else:
        raise DataError(f"labels of {of} are not refined yet", expected="a game of hockey or soccer")
    if not len(windows):
        raise DataError("no moment of this game can be asked about", expected=_NEEDED[of],
                        todo="`sportsai analyse` says what it lacks.")  # fmt: skip
    at = tracks.rows(windows.frame)
    slot = windows.slot[np.arange(len(windows)), windows.key]
    moments = pd.DataFrame(
        {"frame": windows.frame, "period": tracks.period[at], "t_s": tracks.t_s[at], "side": tracks.side[slot],
         "player_id": [tracks.slots[s].player_id for s in slot], "row": rows}
    )  # fmt: skip
    clock = load_league(game.league).clock
    moments["clock_s"] = [
        clock.to_clock(int(p), float(t)) for p, t in zip(moments["period"], moments["t_s"], strict=True)
    ]
    order = np.lexsort((moments["frame"], moments["period"]))
    return windows.take(order), moments.iloc[order].reset_index(drop=True)


_NEEDED = {
    "plays": "events found by `sportsai analyse`, their key player seen",
    "outcomes": "starts of possessions with all 22 players and the ball",
}


def _starts(game: Game, weights: Weights) -> tuple[Windows, Int]:
    tracks = game.tracks
    assert tracks is not None
    row, slot = outcomes.starts(game)
    whole = tracks.ball_present[row] & outcomes.all_there(tracks, row)
    row, slot = row[whole], slot[whole]
    windows, _ = outcomes.cut(game, row, slot, 0.1, weights.recipe.frames)
    return at_rest(windows), np.full(len(windows), -1)


def refine_game(
    library: Library, game_id: str, texts: Sequence[str], *, league: str | None = None, weights: Path | None = None,
    corrections: bool = True, write: bool = True,
) -> tuple[pd.DataFrame, dict[str, Any]]:  # fmt: skip
    """Refine the newest run of a game in the library, write the refined one beside it, and return it.

    A game never analysed is asked about what its provider logged. A run that was refined before is refined anew, from
    what it was made of: labels given earlier do not stay, corrections do. corrections: take what people said of single
    events as given labels, too.
    """
    version = library.version(game_id)
    game = library.load(game_id)
    name = league or game.league
    path = weights or find_weights(name, RECIPE)
    loaded = load_weights(path, name, RECIPE)
    runs = [r for r in library.runs(game_id) if not r.get("kind")]
    newest = runs[-1] if runs else None
    if newest is not None and newest.get("refined_from"):
        newest = next((r for r in runs if r["run_id"] == newest["refined_from"]), newest)
    if newest is not None:
        events, run = library.predictions(game_id, newest["run_id"], corrected=False)
    else:
        raise StoreError(f"game {game_id} has not been analysed", where=library.folder,
                         todo=f"Run `sportsai analyse {game_id}` first.")  # fmt: skip
    said = library.corrected(game_id, run["run_id"]) if corrections else None
    events, run = refine(game, events, run, loaded, texts, said)
    if write:
        library.write_predictions(game_id, events, run, made_of=version)
    return events, run


def refine(
    game: Game, events: pd.DataFrame, run: dict[str, Any], weights: Weights, texts: Sequence[str],
    said: Corrected | None = None,
) -> tuple[pd.DataFrame, dict[str, Any]]:  # fmt: skip
    """Return the events and the run with all labels of each moment, before and after what `texts` give.

    said: what people said of the events, which gives labels, too.

    The events' own type changes where the likeliest event is another now; their attributes keep both answers.
    """
    names = list(weights.about["names"])
    league = load_league(game.league)
    given = [parse(t, names, game) for t in texts]
    asked = events if said is None else _corrected.with_players(events, said)
    windows, moments = moments_of(game, asked, weights)
    counts: dict[str, int] = {}
    if said is not None and said.summary:
        found, left = _corrected.answers(moments, events, said, names, league.labels)
        given += [Given(a.label, a.holds, f"{a.moment + 1}={a.said}", number=a.moment + 1) for a in found]
        counts = {"used": len(said.by_event) + len(said.unfound) - left, "left": left}
    known = told(given, moments, league, names)
    (member,) = weights.model.members[:1]
    each = [m.model for m in weights.model.members if m.name == member.name]
    before = np.mean([np.exp(m.scores(windows)) for m in each], 0)
    after = np.mean([np.exp(m.scores(windows, given=known)) for m in each], 0) if given else before
    events, run = _kept(game, events, run, weights, given, names, league, moments, known, before, after)
    run["refine"]["corrections"] = counts
    return events, run


def _kept(
    game: Game, events: pd.DataFrame, run: dict[str, Any], weights: Weights, given: Sequence[Given],
    names: list[str], league: League, moments: pd.DataFrame, known: Float, before: Float, after: Float,
) -> tuple[pd.DataFrame, dict[str, Any]]:  # fmt: skip
    level = np.array(weights.model.members[0].config.levels)
    kinds = np.flatnonzero(level == event_level(weights.recipe.data.of))
    was, now = kinds[before[:, kinds].argmax(1)], kinds[after[:, kinds].argmax(1)]
    free = np.isnan(known)
    moved = np.where(free, np.abs(after - before), 0)
    titles = {n: title(league, n) for n in names}
    table = []
    for i in np.argsort(-moved.max(1), kind="stable").tolist():
        if moved[i].max() < 0.005:
            break
        k = int(moved[i].argmax())
        m = moments.iloc[i]
        table.append(
            {**_moment(game, league, m, i), "label": names[k], "title": titles[names[k]],
             "before": round(float(before[i, k]), 4), "after": round(float(after[i, k]), 4),
             "was": names[was[i]], "now": names[now[i]], "was_title": titles[names[was[i]]],
             "now_title": titles[names[now[i]]]}
        )  # fmt: skip
    part: dict[str, Any] = {
        "given": [g.said for g in given],
        "moments": len(moments),
        "given_labels": int((~free).sum()),
        "changed": int((was != now).sum()),
        "labels": [
            {"name": n, "title": titles[n], "level": int(level[k]), "given": int((~free[:, k]).sum()),
             "before": round(float(before[:, k].sum()), 2), "after": round(float(after[:, k].sum()), 2)}
            for k, n in enumerate(names)
        ],
        "most": table[:MOST],
        "list": [
            {**_moment(game, league, moments.iloc[i], i), "label": names[now[i]], "title": titles[names[now[i]]],
             "p": round(float(after[i, now[i]]), 4)}
            for i in range(len(moments))
        ],
        "trained_on": trained_on(game, weights),
        "scores": score_of(weights),
        "model": model_of(weights),
        "recipe": f"{weights.recipe.league}/{weights.recipe.name}",
        "weights_sha256": weights.sha256,
        **card_of(weights),
    }  # fmt: skip
    made = datetime.now(UTC)
    done = {
        **run,
        "run_id": f"refined-{weights.sha256[:8]}-{made:%Y%m%dT%H%M%S%f}",
        "made_at": made.isoformat(timespec="seconds"),
        "version": __version__,
        "refined_from": run.get("run_id"),
        "refine": part,
    }
    return _events(events, moments, names, known, before, after, was, now), done


def _moment(game: Game, league: League, m: pd.Series, i: int) -> dict[str, Any]:
    who = next((p for p in game.roster if p.id == m["player_id"]), None)
    period, t = int(m["period"]), float(m["t_s"])
    clock = league.clock.text(period, t)
    if not (league.clock.continues and league.clock.counts == "up"):
        clock = f"P{period} {clock}"
    return {
        "number": i + 1, "frame": int(m["frame"]), "period": period, "t_s": t, "clock": clock, "side": int(m["side"]),
        "player": m["player_id"], "who": who.name if who else "", "row": int(m["row"]),
    }  # fmt: skip


def _events(
    events: pd.DataFrame, moments: pd.DataFrame, names: list[str], known: Float, before: Float, after: Float,
    was: Int, now: Int,
) -> pd.DataFrame:  # fmt: skip
    """Return the events with both answers; a type the analyst's labels overturned is the new one."""
    attributes, kind, score = list(events["attributes"]), list(events["type"]), list(events["score"])
    for i, row in enumerate(moments["row"].tolist()):
        if row < 0:
            continue
        about = dict(attributes[row]) if isinstance(attributes[row], dict) else {}
        about["labels"] = {n: round(float(after[i, k]), 3) for k, n in enumerate(names)}
        about["labels_before"] = {n: round(float(before[i, k]), 3) for k, n in enumerate(names)}
        about["given"] = {names[k]: bool(known[i, k]) for k in np.flatnonzero(~np.isnan(known[i])).tolist()}
        if was[i] != now[i]:
            about["refined_from"] = kind[row]
            kind[row], score[row] = names[now[i]], float(after[i, now[i]])
        attributes[row] = about
    return events.assign(attributes=pd.Series(attributes, index=events.index, dtype=object), type=kind, score=score)


def event_level(of: str) -> int:
    """Return which level of a task's labels are its events."""
    return {"plays": 2, "outcomes": 1, "snaps": 0}[of]


def title(league: League, name: str) -> str:
    """Return a label as it is read."""
    known = league.events.get(name)
    return known.label if known else league.label_titles.get(name, name.replace("_", " ").capitalize())
