"""Everything the pages draw upon, gathered once: the game with home attacking right, its events, run and measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.court import Court, League, load_league
from sportsai.data import AWAY, HOME, Game, Player, empty_events
from sportsai.data.kinematics import Motion, motion
from sportsai.data.orientation import attacking_right, find_orientation, is_keeper
from sportsai.data.tracks import Tracks
from sportsai.errors import LeagueError, StoreError
from sportsai.library import Library
from sportsai.report.colors import TeamColors, team_colors
from sportsai.report.counts import Count, TypeScore, by_probability, expected_count, type_scores
from sportsai.report.words import Words, isolated, words_of

LEAST_PRECISION = 0.5  # of a type, where it was tested, for a finding to rest on it
BRIEF_S = 60.0  # a clip shorter than this is one play
LOGGED_SPELLS = ("possession", "build_up", "create", "finish", "transition", "set_play")  # who has the ball, by a log
NEAR_BALL_M = 2.0  # without a provider's possession: the nearest player within this distance has the ball


@dataclass(frozen=True, eq=False)
class Material:
    """A game ready to be told.

    game: turned so that home attacks right in every period whose direction is known. events: the run's (or the
    provider's log), turned with it. run: None when nothing was recognised. directions: period -> side that attacked
    right as stored, None where unknown. notes: what is missing, in words. search: the same game with the moments that
    were found in the whole of it (`sportsai detect`), None where it was not searched. corrections: how many
    of the events people confirmed, rejected, relabelled and added; {} of none.
    """

    game: Game
    league: League
    court: Court
    events: pd.DataFrame
    run: dict[str, Any] | None
    quality: dict[str, Any] | None
    directions: dict[int, int | None]
    notes: tuple[str, ...]
    folder: str
    search: Material | None = None
    corrections: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tracks(self) -> Tracks | None:
        return self.game.tracks

    @property
    def names(self) -> tuple[str, str]:
        """The teams' short names."""
        return self.game.teams[0].display, self.game.teams[1].display

    @cached_property
    def colors(self) -> TeamColors:
        return team_colors(*(self._kit(s) for s in (HOME, AWAY)))

    def _kit(self, side: int) -> str | None:
        team = self.game.teams[side]
        if team.color:
            return team.color
        known = next((t for t in (self.league.team(n) for n in (team.name, team.id)) if t), None)
        return known.colours[0] if known and known.colours else None

    @cached_property
    def tests(self) -> dict[str, TypeScore]:
        return type_scores(self.run)

    @cached_property
    def moved(self) -> Motion | None:
        return motion(self.tracks) if self.tracks is not None else None

    @cached_property
    def recognised(self) -> bool:
        """Whether the events come from a model (and not from a person's log)."""
        if self.run is None:
            return False
        return not len(self.events) or bool(np.isfinite(self.events["score"].to_numpy(float)).any())

    @property
    def counts_passes(self) -> bool:
        """Whether passes are spoken of: the sport counts them, and they are recognised or logged."""
        return self.words.passes and (self.run is None or bool(self.tests) or len(self.of("pass")) > 0)

    @cached_property
    def words(self) -> Words:
        """The sport's own words."""
        return words_of(self.league, self.court)

    @property
    def words_lost(self) -> str:
        """How turnovers are called: a log counts a pass that did not arrive as no turnover, a model does."""
        return f"{self.words.ball}s lost" if self.recognised else "turnovers"

    @property
    def models(self) -> list[dict[str, Any]]:
        """The models that took part in the run, the one that found the events first."""
        return [dict(x) for x in (self.run or {}).get("models") or ()]

    def part(self, capability: str) -> dict[str, Any]:
        """Return what the run keeps of a capability, {} where it did not take part."""
        found = (self.run or {}).get(capability)
        return found if isinstance(found, dict) else {}

    def event_label(self, type_: str) -> str:
        """Return the league's name of an event type, else the type in words."""
        known = self.league.events.get(type_)
        label = known.label if known else type_.replace("_", " ").capitalize()
        left_or_right = type_[:2] in ("l_", "r_") and self.league.sport == "volleyball"
        if left_or_right and self.game.provider != "video" and self.events["side"].isin([HOME, AWAY]).any():
            return label.partition(" ")[2].capitalize()  # of a team that is known: no side of a picture
        return label

    def facing(self, side: int) -> int:
        """Return what positions are multiplied by so that `side` attacks right: 1 for home, -1 for away."""
        return -1 if side == AWAY else 1

    def of(self, type_: str, side: int | None = None) -> pd.DataFrame:
        """Return the events of a type (of a side)."""
        e = self.events
        kept = e["type"] == type_
        return e[kept & (e["side"] == side)] if side is not None else e[kept]

    def count(self, type_: str, side: int | None = None) -> Count:
        """Return how many events of a type were recognised, with the range of how many there were."""
        mine = self.of(type_, side)
        vouched = sum(isinstance(a, dict) and "correction" in a for a in mine["attributes"])
        return expected_count(list(mine["score"].to_numpy(float)), self.tests.get(type_), vouched)

    def few(self, events: pd.DataFrame) -> Count:
        """Return the count of a handful of events from their own probabilities; a log's are taken as they are."""
        if not self.recognised:
            return Count(len(events), float(len(events)), len(events), len(events), "logged")
        return by_probability(events["score"].to_numpy(float))

    def trusted(self, type_: str) -> bool:
        """Whether sentences may rest on a type: half of what is recognised is right, or it was never tested."""
        test = self.tests.get(type_)
        if test is None or test.precision is None or test.precision >= LEAST_PRECISION:
            return True
        return not np.isfinite(self.of(type_)["score"].to_numpy(float)).any()  # logged, none of them recognised

    @cached_property
    def lost_frames(self) -> dict[int, NDArray[np.int64]]:
        """The frames of each side's turnovers, in order."""
        return {s: np.sort(self.of("turnover", s)["frame"].to_numpy(np.int64)) for s in (HOME, AWAY)}

    def weights(self, events: pd.DataFrame) -> NDArray[np.float64]:
        """Return how much each event counts, (N,): its probability, 1 where it was logged."""
        score = events["score"].to_numpy(float)
        return np.where(np.isfinite(score), score, 1.0)

    @cached_property
    def keepers(self) -> bool:
        """Whether the roster names goalkeepers."""
        return any(self.is_keeper(p) for p in self.game.roster)

    def is_keeper(self, player: Player | None) -> bool:
        """Whether a player keeps goal, in the sports in which somebody does."""
        return self.words.keepers and is_keeper(player)

    @cached_property
    def brief(self) -> bool:
        """Whether this is one play: too short for shares, rates and comparisons."""
        t = self.tracks
        return self.game.kind != "game" and t is not None and (t.period > 0).sum() / float(t.rate_hz) < BRIEF_S

    @property
    def doubts(self) -> list[str]:
        """The types no sentence may rest on, in words."""
        out = []
        for name, test in self.tests.items():
            if not self.trusted(name) and len(self.of(name)):
                label = (self.league.events[name].label if name in self.league.events else name).lower()
                out.append(
                    f"Where it was tested, {test.precision or 0:.0%} of recognised {label} events were right: they are "
                    "shown with their probabilities and counted as an estimate, and no finding rests on them."
                )
        return out

    def player_name(self, player_id: Any) -> str:
        player = None if player_id is None or pd.isna(player_id) else self.game.player(str(player_id))
        return player.display if player else "an unnamed player"

    def clock(self, period: int, t_s: float) -> str:
        """Return a moment as people say it: "63:12", "45+1:05", "P2 7:40"."""
        c = self.league.clock
        if not np.isfinite(t_s):
            return "time unknown"
        if str(self.game.extra.get("clock", "")).startswith("unknown"):
            return f"{int(t_s) // 60}:{int(t_s) % 60:02d} into the clip"
        length = c.length_s(int(period))
        if c.continues and c.counts == "up":
            if length and t_s >= length:
                over = t_s - length
                return f"{int(c.to_clock(int(period), length)) // 60}+{int(over) // 60}:{int(over) % 60:02d}"
            return c.text(int(period), float(t_s))
        return f"{c.period_name[:1].upper()}{int(period)} {c.text(int(period), float(t_s))}"

    def period_name(self, period: int) -> str:
        """Return "first half", "quarter 3", ..."""
        c = self.league.clock
        if c.periods == 2 and period in (1, 2):
            return f"{('first', 'second')[period - 1]} {c.period_name}"
        return c.period_text(int(period))

    @cached_property
    def periods(self) -> list[int]:
        """The periods that hold frames or events."""
        found = set(self.events["period"].astype(int)) if len(self.events) else set()
        if self.tracks is not None:
            found |= {int(p) for p in np.unique(self.tracks.period)} - {0}
        return sorted(found)

    def length_s(self, period: int) -> float:
        """Return how long a period was, seconds, from its frames, else its events."""
        longest = 0.0
        if self.tracks is not None:
            rows = self.tracks.period == period
            longest = float(np.nanmax(self.tracks.t_s[rows])) if rows.any() else 0.0
        e = self.events[self.events["period"] == period]
        return max(longest, float(e["t_s"].max()) if len(e) and e["t_s"].notna().any() else 0.0)

    # ---- the ball, row by row of the tracks ------------------------------------------------------------------------

    @cached_property
    def observed(self) -> NDArray[np.bool_]:
        """Rows in which at least one player was seen, (T,)."""
        return self.tracks.observed if self.tracks is not None else np.zeros(0, bool)

    @cached_property
    def ball(self) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Where the ball is, (T, 2) metres with home attacking right, and where known: seen, else its holder."""
        t = self.tracks
        assert t is not None
        xy, known = t.ball_xy.copy(), t.ball_present & (t.period > 0)
        held = np.flatnonzero(~known & (t.holder >= 0) & (t.period > 0))
        held = held[t.present[held, t.holder[held]]]
        xy[held] = t.xy[held, t.holder[held]]
        known[held] = True
        return xy, known

    @cached_property
    def possession(self) -> NDArray[np.int8]:
        """The side in possession, (T,), -1 unknown: the provider's, else its holder's, else who is near it."""
        t = self.tracks
        assert t is not None
        side = np.where(self.observed, t.possession, -1).astype(np.int8)
        logged = self._logged_possession
        if logged.any():
            return np.where(side >= 0, side, logged - 1).astype(np.int8)
        if (side >= 0).any():
            return side
        held = (t.holder >= 0) & self.observed
        if held.any():
            side[held] = t.side[t.holder[held]]
            return side
        if self.court.net is not None:  # nobody keeps the ball: who is near it does not have it
            return side
        for start in range(0, t.T, 20000):
            r = slice(start, start + 20000)
            gap = np.linalg.norm(t.xy[r] - t.ball_xy[r][:, None], axis=-1)
            gap = np.where(t.present[r] & t.ball_present[r][:, None] & (t.side >= 0), gap, np.inf)
            near = gap.argmin(1) if t.P else np.zeros(len(gap), int)
            close = (gap.min(1, initial=np.inf) <= NEAR_BALL_M) & self.observed[r]
            side[r][close] = t.side[near[close]]
        return side

    @cached_property
    def _logged_possession(self) -> NDArray[np.int8]:
        """Who has the ball by the provider's log of possessions and phases, (T,): side + 1, 0 where it says nothing."""
        t = self.tracks
        assert t is not None
        e = self.events
        mine = e[e["type"].isin(LOGGED_SPELLS) & e["side"].isin([HOME, AWAY]) & e["score"].isna()]
        out = np.zeros(t.T, np.int8)
        a, b = (np.searchsorted(t.frame, mine[k].to_numpy(np.int64)) for k in ("start_frame", "end_frame"))
        for first, last, side in zip(a.tolist(), b.tolist(), mine["side"].astype(int).tolist(), strict=True):
            out[first:last] = side + 1
        out[t.period <= 0] = 0
        return out

    @cached_property
    def possession_by(self) -> str:
        """How possession was found, in words."""
        t = self.tracks
        assert t is not None
        if (t.possession >= 0).any() or self._logged_possession.any():
            return "as the provider says"
        if not (t.holder >= 0).any() and not t.ball_present.any():
            return "not known"
        if self.court.net is not None and not (t.holder >= 0).any():
            return "not told, for across a net nobody keeps the ball"
        return (
            "the holder's team, as the provider says"
            if (t.holder >= 0).any()
            else (f"the team of the player nearest the {self.words.ball}, within {NEAR_BALL_M:.0f} m")
        )


def gather(library: Library, game_id: str, run_id: str | None = None) -> Material:
    """Return the material of a game; without predictions its provider's log stands in, and that is said."""
    game = library.load(game_id)
    notes: list[str] = []
    if "SIMULATED" in f"{game.competition} {game.terms}".upper() or game.extra.get("simulated"):
        notes.append("Simulated: nobody played this game.")
    run: dict[str, Any] | None = None
    log = library.events(game_id)
    corrections = log.summary
    if game.events is not None or len(log.events):
        game = replace(game, events=log.events)
    if run_id is not None or any(not r.get("kind") for r in library.runs(game_id)):
        events, run = library.predictions(game_id, run_id)
        corrections = run.get("corrections") or {}
        own = _found_by_model(events)
        run = _rows_again(run, library.predictions(game_id, run["run_id"], corrected=False)[0], events)
        events = _with_log(events, run, game, notes, own)
    elif game.events is not None and len(game.events):
        events = game.events
        searched = any(r.get("kind") == "detect" for r in library.runs(game_id))
        notes.append("This game was " + ("searched for its key moments, not analysed: all other" if searched else
                                         "not analysed: its") + " events are the provider's log.")  # fmt: skip
    else:
        events = empty_events()
        notes.append(f"This game was not analysed: no event was recognised. `sportsai analyse {game_id}` does it.")
    try:
        league = load_league(game.league)
    except LeagueError as bad:
        raise StoreError(
            f'the league "{game.league}" of game {game_id} is not known here',
            where=library.folder,
            todo="Add its folder to SPORTSAI_LEAGUES.",
        ) from bad
    court = league.court
    if _sized(game):
        court = court.resized(game.court_length_m, game.court_width_m)
    else:
        game = replace(game, court_length_m=court.length_m, court_width_m=court.width_m)
        if game.tracks is not None:
            size = f"{court.length_m:g} × {court.width_m:g} m"
            notes.append(f"The size of the {court.name or 'court'} is not in the data: the league’s {size} is taken.")
    if game.tracks is None or not game.tracks.T:
        notes.append("There is no tracking: positions, distances and plays cannot be shown.")
        game = replace(game, tracks=None)
    else:
        if not game.tracks.ball_present.any():
            ball = words_of(league, court).ball
            known = ": its place is that of its holder, where one is known" if (game.tracks.holder >= 0).any() else ""
            what = "is not placed on the court" if game.provider == "video" else "was never seen"
            notes.append(f"The {ball} {what}{known}.")
        for side in (HOME, AWAY):
            if not game.tracks.present[:, game.tracks.side == side].any():
                notes.append(f"No player of {game.teams[side].display} was seen.")
    game = _isolated(_with_directions(game))
    directions = {p.number: p.attacks_right for p in game.periods}
    for number, right in directions.items():
        if right is None:
            notes.append(
                f"The direction of play of {league.clock.period_text(number)} is not known: it is shown as stored."
            )
    game = attacking_right(replace(game, events=events), HOME)
    turned = game.events if game.events is not None else events
    turned = turned.reset_index(drop=True)
    m = Material(
        game, league, court, turned, run, library.quality(game_id), directions, tuple(notes), str(library.folder),
        corrections=corrections,
    )  # fmt: skip
    return replace(m, search=_search(library, game_id, m))


def _sized(game: Game) -> bool:
    """Whether the data say how large the court is."""
    return all(isinstance(v, (int, float)) and v > 0 for v in (game.court_length_m, game.court_width_m))


def _search(library: Library, game_id: str, m: Material) -> Material | None:
    """Return the game with the moments of its newest search, turned as it is; None where it was not searched."""
    if m.tracks is None or not any(r.get("kind") == "detect" for r in library.runs(game_id)):
        return None
    events, run = library.predictions(game_id, kind="detect")
    return replace(m, events=events.reset_index(drop=True), run=run)  # moments have no place that could be turned


def _found_by_model(events: pd.DataFrame) -> set[str]:
    """Return the types the model itself found: a person's word for one event speaks of no other of its type."""
    said = [a.get("correction") if isinstance(a, dict) else None for a in events["attributes"]]
    was = {c["was"]["type"] for c in said if c and c["was"]}
    return {*events["type"][[c is None for c in said]], *was}


def _rows_again(run: dict[str, Any], own: pd.DataFrame, events: pd.DataFrame) -> dict[str, Any]:
    """Return a refined run whose moments name their rows in `events`, not in the model's own table; -1 where gone."""
    if not run.get("corrections") or "refine" not in run:
        return run
    place = {str(e): i for i, e in enumerate(events["event_id"])}
    row = {i: place.get(str(e), -1) for i, e in enumerate(own["event_id"])}
    part = dict(run["refine"])
    for key in ("most", "list"):
        part[key] = [{**one, "row": row.get(one["row"], -1)} for one in part.get(key, ())]
    return {**run, "refine": part}


def _with_log(
    events: pd.DataFrame, run: dict[str, Any], game: Game, notes: list[str], own: set[str]
) -> pd.DataFrame:  # fmt: skip
    """Return the run's events with the provider's log of other types beside; where the run found none, the log."""
    log = game.events
    if log is None or not len(log) or "plays" in run:
        return events
    if not len(events):
        notes.append("No event was recognised from these data: the events are the provider’s log.")
        return log
    beside = log[~log["type"].isin(own) & (log["frame"] >= 0)]
    if type_scores(run):  # it searched for these types: those it found none of are not told by the log instead
        beside = beside[~beside["type"].isin(set(type_scores(run)))]
    whole = pd.concat([events, beside[events.columns]], ignore_index=True)
    return whole.sort_values(["period", "t_s", "frame"], kind="stable").reset_index(drop=True)


def _isolated(game: Game) -> Game:
    """Return the game with names that are written from right to left set apart from what is said of them."""

    def apart(one: Any) -> Any:
        short = {"short_name": isolated(one.short_name)} if getattr(one, "short_name", None) else {}
        return replace(one, name=isolated(one.name), **short)

    home, away = (apart(t) for t in game.teams)
    return replace(game, teams=(home, away), roster=tuple(apart(p) for p in game.roster))


def _with_directions(game: Game) -> Game:
    """Fill in the directions that the reader left open where the tracks show them."""
    if game.tracks is None:
        return game
    found = {o.period: o.attacks_right for o in find_orientation(game.tracks, game.roster)}
    periods = tuple(
        replace(p, attacks_right=found.get(p.number)) if p.attacks_right is None else p for p in game.periods
    )
    return replace(game, periods=periods)
