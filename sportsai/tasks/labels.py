"""Everything that is true of a moment, coarse to fine: situation or phase, family of events, event, how it was done.

The moments are those of another task (`of`), with its windows; their labels are read from its facts and stand on the
levels of the league's hierarchy (its TOML, [labels]). Several may hold; a moment logged twice for one player (a
recovery and the pass that follows) is one example with both. Labels that hold less than `least` times are left out, and
said.

  plays (hockey)      situation; family; event; how it was done and how it went, as logged
  outcomes (soccer)   phase of play; how the possession ends; whether a pass arrives, a shot or a goal follows
  snaps (NFL)         kind of play; what the tags of the whole play say happened, much of it after the window's end
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from sportsai.court import load_league
from sportsai.data.windows import Windows
from sportsai.errors import DataError
from sportsai.readers import aleague, bigdatacup
from sportsai.tasks import EVENT, Examples, Hierarchy, TaskOptions, outcomes, plays, snaps

TITLE = "Everything that is true of a moment at once, from situation to detail"
MODELS = ("label_graph", "label_graph_sinn", "label_graph_logistic", "activity_heads", "label_queries", "majority")
MANY = True  # several labels hold at once
FAILS = (
    "Labels are the provider's: what nobody logged is taken as not true.",
    "Rare labels rest on few examples: see the count beside each.",
    "What is given is believed: a wrong label given makes the others wrong.",
    "With nothing given, each label alone does as well: the network ships for what it makes of labels that are given.",
)
LEAGUE = {"plays": "iihf", "outcomes": "a_league", "snaps": "nfl"}
# the levels, coarse first; a label is the name of a league's event or of a node of its hierarchy
LEVELS: dict[str, tuple[tuple[str, ...], ...]] = {
    "plays": (
        ("power_play", "short_handed", "extra_attacker"),
        ("possession", "gain", "dump", "zone_entry"),
        ("pass", "puck_recovery", "takeaway", "faceoff", "shot", "dump_in", "dump_out", "entry_carried",
         "entry_dumped", "entry_played"),
        ("successful", "direct_pass", "indirect_pass", "on_net", "blocked"),
    ),
    "outcomes": (
        ("build_up", "create", "finish", "direct", "transition", "quick_break", "set_play", "chaotic"),
        ("pass", "possession_loss", "shot", "clearance", "foul_suffered"),
        ("successful", "leads_to_shot", "leads_to_goal"),
    ),
    "snaps": (
        ("pass", "rush", "kick"),
        ("play_action", "man_in_motion", "shift", "handoff", "pass_arrived"),
        ("pass_outcome_caught", "pass_outcome_touchdown", "pass_outcome_interception", "first_contact", "tackle",
         "out_of_bounds", "touchdown"),
    ),
}  # fmt: skip


class Options(TaskOptions):
    """of: whose moments. least: how often a label must hold to be taught. still: a window is one moment repeated, for
    games that hold no velocities.
    """

    of: Literal["plays", "outcomes", "snaps"] = "plays"
    least: int = Field(15, ge=1)
    still: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Return every label there may be; those that hold too rarely are left out of the examples."""
        return tuple(n for level in LEVELS[self.of] for n in level)


def find(folder: Path) -> list[Path]:
    """Return the files of all tasks whose moments can be labelled."""
    return [*plays.find(folder), *outcomes.find(folder), *snaps.find(folder)]


def examples(files: Sequence[Path], options: Options, frames: int) -> Examples:
    """Return the other task's windows with all labels of each moment, one example a moment and key player."""
    task = {"plays": plays, "outcomes": outcomes, "snaps": snaps}[options.of]
    mine = [Path(f) for f in files if _of(Path(f)) == options.of]
    if not mine:
        raise DataError(f'nothing here whose moments are those of "{options.of}"', path=files[0] if files else None,
                        expected=task.TITLE, todo="`sportsai data` lists the sets and where to get them.")  # fmt: skip
    own = {"kinds": "three"} if options.of == "snaps" else {}
    found = task.examples(mine, task.Options(task=options.of, **own), frames)
    every = options.names
    graph = load_league(LEAGUE[options.of]).labels
    true = {"plays": _plays, "outcomes": _outcomes, "snaps": _snaps}[options.of](found, every)
    above = np.array([[b in graph.entails(a) for b in every] for a in every])
    also = true.to_numpy(bool).astype(np.int64) @ above > 0
    moment = _moments(found)
    whole = np.zeros((int(moment.max()) + 1, len(every)), bool)
    np.logical_or.at(whole, moment, also)
    also = whole[moment]
    against = np.triu(graph.matrix("excludes", every))
    torn = [(a, b) for a, b in np.argwhere(against) if (also[:, a] & also[:, b]).any()]
    first = ~pd.Series(moment).duplicated().to_numpy()
    refused = dict(found.refused)
    if twice := int((~first & (found.kind == EVENT)).sum()):
        refused["further events of a moment and player, their labels joined"] = twice
    for a, b in torn:
        both = also[:, a] & also[:, b]
        also[both, a] = also[both, b] = False
        refused[f'moments logged as "{every[a]}" and "{every[b]}", which cannot be: neither is taken'] = int(
            (both & first & (found.kind == EVENT)).sum()
        )
    often = also[first & (found.kind == EVENT)].sum(0)
    kept = np.flatnonzero(often >= options.least)
    if not len(kept):
        raise DataError(f"no label holds {options.least} times", path=mine[0], expected="fewer asked for: data.least")
    names = tuple(every[k] for k in kept)
    refused |= {f'moments of "{every[k]}", a label too rare to be taught': int(often[k])
                for k in range(len(every)) if 0 < often[k] < options.least}  # fmt: skip
    also = also[:, kept]
    windows = replace(found.windows, label=_drawn_by(also, often[kept]))
    if options.still:
        windows = at_rest(windows)
    level = tuple(t for t, group in enumerate(LEVELS[options.of]) for n in group if n in names)
    edges = {e: tuple((int(a), int(b)) for a, b in np.argwhere(graph.matrix(e, names))) for e in
             ("implies", "part_of", "excludes")}  # fmt: skip
    return replace(
        found, windows=windows, names=names, also=also, hierarchy=Hierarchy(level, **edges), refused=refused
    ).take(first)


def at_rest(windows: Windows) -> Windows:
    """Return windows in which nobody moves: every sample is the reference."""
    r, T = slice(windows.reference, windows.reference + 1), windows.T
    return replace(
        windows,
        xy=np.repeat(windows.xy[:, :, r], T, 2),
        present=np.repeat(windows.present[:, :, r], T, 2),
        ball=np.repeat(windows.ball[:, r], T, 1),
        ball_present=np.repeat(windows.ball_present[:, r], T, 1),
    )


def _of(path: Path) -> str:
    """Return whose moments a file holds."""
    if path.name in (bigdatacup.WINDOWS, bigdatacup.TRACKING):
        return "plays"
    return "outcomes" if path.name == aleague.SNAPSHOTS else "snaps"


def _moments(found: Examples) -> NDArray[np.int64]:
    """Return a number for each moment and key player: the same game, team, frames and place, (n,)."""
    w = found.windows
    at = w.xy[np.arange(len(w)), w.key, w.reference]
    each = pd.DataFrame({"g": w.game, "p": w.period, "a": w.first_frame, "f": w.frame, "x": at[:, 0], "y": at[:, 1]})
    for name in ("clip", "team", "play", "event_id"):
        if name in found.facts.columns:
            each[name] = found.facts[name]
    return each.groupby(list(each.columns), sort=False).ngroup().to_numpy().astype(np.int64)


def _drawn_by(also: NDArray[np.bool_], often: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rarest label of each moment, by which windows are drawn while training; 0 of a moment without any."""
    rank = np.where(also, often, often.max() + 1)
    return np.asarray(rank.argmin(1), np.int64)


def _plays(found: Examples, names: Sequence[str]) -> pd.DataFrame:
    """Return what the log says of each event itself, (n, L)."""
    f = found.facts
    true = pd.DataFrame({n: f["event"] == n for n in names})
    for column in ("situation", "manner", "success", "went"):
        if column not in f.columns:
            f = f.assign(**{column: ""})
    ours, theirs = (pd.to_numeric(f["situation"].str.extract(r"(\d) on (\d)")[k]) for k in (0, 1))
    true["power_play"], true["short_handed"] = ours > theirs, ours < theirs
    true["extra_attacker"] = np.maximum(ours, theirs) == 6
    true["direct_pass"] = true["pass"] & (f["manner"] == "Direct")
    true["indirect_pass"] = true["pass"] & (f["manner"] == "Indirect")
    true["successful"] = f["success"] == "t"
    true["on_net"], true["blocked"] = f["went"] == "On Net", f["went"] == "Blocked"
    return true[list(names)]


def _outcomes(found: Examples, names: Sequence[str]) -> pd.DataFrame:
    """Return the phase of each possession, how it ends and what comes of it, (n, L)."""
    f, label = found.facts, np.array(found.names, object)[found.windows.label]
    true = pd.DataFrame({n: (f["phase"] == n) | (label == n) for n in names})
    true["successful"] = (label == "pass") & (f["pass_outcome"] == "successful")
    for name, fact in (("leads_to_shot", "lead_to_shot"), ("leads_to_goal", "lead_to_goal")):
        true[name] = f[fact].astype(str) == "True"
    return true[list(names)]


def _snaps(found: Examples, names: Sequence[str]) -> pd.DataFrame:
    """Return the kind of each play and the tags of its frames, (n, L)."""
    tags = found.facts["tags"].str.split().map(set)
    label = np.array(found.names, object)[found.windows.label]
    return pd.DataFrame({n: tags.map(lambda t, n=n: n in t) | (label == n) for n in names})
