"""Real games to follow live, as files of lines, and what the batch run says of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from sportsai.bench._footage import data
from sportsai.bench._process import environment
from sportsai.data import Game
from sportsai.errors import DataError

READER = "the provider's file by its reader"
EVERY_S = 0.5  # of play between two questions


@dataclass(frozen=True)
class Followed:
    """A game to follow. finished: ways of having it whole -> it; whole: long enough to say what it takes."""

    title: str
    path: Path
    league: str
    models: tuple[str, ...]
    finished: dict[str, Callable[[], Game]]
    companions: tuple[Path, ...] = ()
    home_attacks: str | None = None
    whole: bool = True


def the_match(folder: Path, quick: bool, minutes: float | None = None) -> Iterator[Followed]:
    """Yield the demo match, that anybody has. minutes: of play, those around half-time; None: all."""
    yield _match(folder, 5.0 if quick else minutes)


def other_games(folder: Path, quick: bool) -> Iterator[Followed]:
    """Yield games of other providers and sports; those whose data are not here are left out."""
    for make in (_tracab, _beyondsight, _aleague, _nba)[: 1 if quick else None]:
        try:
            yield make(folder)
        except DataError:
            continue


def _match(folder: Path, minutes: float | None) -> Followed:
    from sportsai.court import load_league
    from sportsai.live.finished import finished
    from sportsai.readers import read_games
    from sportsai.resources import demo_match

    tracking, match = demo_match()
    records = orjson.loads(tracking.read_bytes())
    title = "SkillCorner 2417"
    if minutes is not None:
        half = next(i for i, r in enumerate(records) if r["period"] == 2)
        last = max(i for i, r in enumerate(records[:half]) if r["period"] == 1)
        each = round(minutes * 300)  # frames of ten a second, on either side
        records = records[max(0, last - each) : half + each]
        title += f", {minutes:g} min around half-time"
    path = folder / "2417.jsonl"
    path.write_bytes(b"".join(orjson.dumps(r) + b"\n" for r in records))
    del records
    rules = load_league("bundesliga")
    ways: dict[str, Callable[[], Game]] = {
        "the same frames": lambda: finished("skillcorner", rules, path.read_bytes().splitlines(), (match,))
    }
    if minutes is None:
        ways[READER] = lambda: next(iter(read_games(demo_match(), rules)))
    return Followed(title, path, "bundesliga", ("recognise", "frame_labels", "control"), ways, (match,))


def _tracab(folder: Path) -> Followed:
    from sportsai.court import load_league
    from sportsai.live.finished import finished
    from sportsai.resources import demo_match

    files = demo_match()[0].parent
    path, meta, rules = files / "tracab_raw.dat", files / "tracab_meta.xml", load_league("bundesliga")
    here = folder / "tracab.dat"
    here.write_bytes(path.read_bytes())
    ways = {"the same frames": lambda: finished("tracab", rules, here.read_bytes().splitlines(), (meta,))}
    return Followed("TRACAB .dat, a sample", here, "bundesliga", ("recognise", "control"), ways, (meta,), whole=False)


def _beyondsight(folder: Path) -> Followed:
    return _own(folder, "BeyondSight, 400 s at 25 Hz", beyondsight(), ("recognise", "frame_labels", "control"))


def beyondsight() -> Game:
    """Return a real stretch of 400 s at 25 frames a second; DataError where it is not here."""
    return _read(data("soccer") / "beyondsight" / "subset7.parquet", "soccer")


def _aleague(folder: Path) -> Followed:
    return _own(folder, "A-League 1886347, the ball", _read(data("soccer") / "aleague" / "1886347", "a_league"),
                ("frame_labels",))  # fmt: skip


def _nba(folder: Path) -> Followed:
    return _own(folder, "NBA 0021500002, a quarter", _read(data("basketball") / "nba_q1.npz", "nba"), ("control",))


def _read(path: Path, league: str) -> Game:
    from sportsai.court import load_league
    from sportsai.readers import read_games

    if not path.exists():
        raise DataError("the game is not here", path=path)
    return next(iter(read_games((path,), load_league(league))))


def _own(folder: Path, title: str, game: Game, models: tuple[str, ...]) -> Followed:
    """The game as sportsai's own lines; the direction is given, as a feed's listener would."""
    from sportsai.court import load_league
    from sportsai.live.feeds.lines import lines_of
    from sportsai.live.finished import finished

    path = folder / f"{game.id}.jsonl"
    path.write_bytes(b"".join(lines_of(game)))
    first = game.attacks_right(1)
    way = None if first is None else ("right" if first == 0 else "left")
    assert game.tracks is not None
    whole = game.tracks.T > 9000
    ways: dict[str, Callable[[], Game]] = {
        "the same frames": lambda: finished("lines", load_league(game.league), path.read_bytes().splitlines(), (), way),
        READER: lambda: game,
    }
    return Followed(title, path, game.league, models, ways, (), way, whole)


def said_of_whole(game: Game, model: str) -> Any:
    """Return the events table of the batch run on a finished game. model: frame_labels, recognise or control."""
    import pandas as pd

    from sportsai.analysis import phases, recognise
    from sportsai.analysis._weights import weights_for
    from sportsai.data.possessions import control, handovers

    if model == "frame_labels":
        return phases.phases(game)[0]
    if model == "recognise":
        return recognise.analyse(game, pd.DataFrame(), weights_for(game, recognise.RECIPE)).events
    assert game.tracks is not None
    return handovers(replace(game.tracks, holder=control(game.tracks)))


def followed(game: Followed, model: str, compiled: bool = True) -> dict[str, Any]:
    """Return what a process of its own said of a game, and what it took: a dictionary as `_live_run` writes it."""
    out = game.path.with_suffix(f".{model}.json")
    asked = {"path": str(game.path), "companions": [str(p) for p in game.companions], "league": game.league,
             "model": model, "every_s": EVERY_S, "compiled": compiled, "home_attacks": game.home_attacks,
             "out": str(out)}  # fmt: skip
    words = [sys.executable, "-m", "sportsai.bench._live_run", json.dumps(asked)]
    done = subprocess.run(words, capture_output=True, text=True, env=environment())
    if done.returncode:
        raise RuntimeError(f"following failed: {done.stderr.strip().splitlines()[-1:]}")
    said: dict[str, Any] = json.loads(out.read_text())
    return said


def as_set(events: Sequence[dict[str, Any]]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Return events by what makes them the same: with evidence, others and probability (None: not said)."""
    return {
        (int(r["period"]), int(r["frame"]), r["type"], int(r["side"]), _text(r["player_id"])): (
            int(r["start_frame"]), int(r["end_frame"]), tuple(_text(o) for o in r["other_ids"]),
            None if r["score"] is None or not np.isfinite(r["score"]) else float(r["score"]),
        ) for r in events
    }  # fmt: skip


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
