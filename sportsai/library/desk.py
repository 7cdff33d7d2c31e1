"""The events of a game as a person goes through them: numbered, with what was said of each, and new answers made.

Numbers are those of the run's own events in order of time, from 1; what only people saw comes after them, in the order
it was first said. So no answer moves another event's number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from sportsai.court import League, load_league
from sportsai.errors import DataError, nearest, one_line
from sportsai.library.corrected import WORDS, Corrected
from sportsai.library.corrections import LOG, OWN, Correction, Marked, make
from sportsai.library.store import Library

EVIDENCE_S = 0.8  # about a moment that a person names
FAR_S = 2.0  # a moment this far from every frame is not in the game
_WHEN = re.compile(r"(?:P?(\d+)/)?(\d{1,3}):([0-5]\d(?:\.\d+)?)\Z")


class Desk:
    """A game's events: of `run_id`, of the newest run of a kind, else of the newest analysis, else the log."""

    def __init__(self, library: Library, game_id: str, run_id: str | None = None, kind: str | None = None) -> None:
        self.library, self.game_id = library, game_id
        self.facts = library.facts(game_id)
        self.run: dict[str, Any] | None = None
        log = kind == LOG or run_id == ""
        if not log and (run_id or kind or any(not r.get("kind") for r in library.runs(game_id))):
            self._own, self.run = library.predictions(game_id, run_id, kind, corrected=False)
            self.said: Corrected = library.corrected(game_id, self.run["run_id"])
        else:
            self._own, self.said = library.own_log(game_id), library.events(game_id)
        self._number = {str(e): n for n, e in enumerate(self._own["event_id"], 1)}
        for n, one in enumerate(self.said.alone, len(self._own) + 1):
            self._number.setdefault(one.own_id, n)

    @property
    def stream(self) -> str:
        """Which corrections speak of these events first."""
        return LOG if self.run is None else str(self.run.get("kind") or "")

    @cached_property
    def league(self) -> League:
        """The game's league."""
        return load_league(self.facts["league"])

    @cached_property
    def clock(self) -> Callable[[int, float], str]:
        """What reads out a moment."""
        return clock_of(self.facts)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Every event, rejected ones too, in order of number: an events table with number, state and by beside."""
        parts = [t for t in (self.said.events, self.said.rejected) if len(t)]
        table = pd.concat(parts, ignore_index=True) if parts else self.said.events
        marks = [a.get("correction") if isinstance(a, dict) else None for a in table["attributes"]]
        table = table.assign(
            number=[self._number[str(e)] for e in table["event_id"]],
            state=[WORDS.get(self.said.by_event[str(e)].action, "") if m else ""
                   for e, m in zip(table["event_id"], marks, strict=True)],
            by=[m["by"] if m else "" for m in marks],
        )  # fmt: skip
        return table.sort_values("number", kind="stable").reset_index(drop=True)

    def event_id(self, number: int) -> str:
        """Return the id of a numbered event; DataError when there is none."""
        found = next((e for e, n in self._number.items() if n == number), None)
        if found is None:
            expected = f"1 to {len(self._number)}" if self._number else "a game with events"
            raise DataError(f"no event {number}", key="number", expected=expected,
                            todo="`sportsai label GAME` lists them.")  # fmt: skip
        return found

    # ---- answers -------------------------------------------------------------------------------------------------

    def confirm(self, event_id: str, by: str, note: str = "") -> Correction:
        """Return the correction that says: this event is as shown."""
        was, about, shown = self._now(event_id)
        changed = any(getattr(was, k) != getattr(shown, k) for k in ("type", "player_id", "side", "t_s", "period"))
        return make("confirm", by, was=was, now=shown if changed else None, about=about, note=note)

    def reject(self, event_id: str, by: str, note: str = "") -> Correction:
        """Return the correction that says: there was no such event."""
        was, about, _ = self._now(event_id)
        return make("reject", by, was=was, about=about, note=note)

    def relabel(
        self, event_id: str, by: str, *, type_: str | None = None, player: str | None = None, note: str = ""
    ) -> Correction:
        """Return the correction that says: it was of this type, or this player's (an id, or part of a name)."""
        was, about, now = self._now(event_id)
        if type_ is not None:
            now = replace(now, type=self.known_type(type_))
        if player is not None:
            who = self.known_player(player)
            x, y = self._place(now.frame, who["id"])
            now = replace(now, player_id=who["id"], side=int(who["side"]), x=x, y=y)
        return make("relabel", by, was=was, now=now, about=about, note=note)

    def add(self, when: str, type_: str, by: str, *, player: str | None = None, note: str = "") -> Correction:
        """Return the correction that says: this happened, and is not in the list. when: as the clock shows it."""
        period, t_s = self.moment(when)
        kind, who = self.known_type(type_), self.known_player(player) if player is not None else None
        frame, rate, ball = self._frame(period, t_s, when)
        x, y = self._place(frame, who["id"]) if who else ball
        around = round(EVIDENCE_S * rate) if frame >= 0 else 0
        now = Marked(
            "" if self.run is None else self._root(), self.stream, OWN, period, t_s, frame, kind,
            int(who["side"]) if who else -1, who["id"] if who else None, x, y, frame - around, frame + around + 1,
        )  # fmt: skip
        return make("add", by, now=now, note=note)

    def _now(self, event_id: str) -> tuple[Marked, str | None, Marked]:
        """Return an event as the model has it, the correction it goes on from, and the event as it stands."""
        one = self.said.by_event.get(event_id)
        if event_id.startswith(OWN):
            if one is None:
                raise DataError(f'no event "{one_line(event_id, 60)}"', key="event_id")
            event = replace(one.event, event_id=event_id)
            return event, one.thread, event
        was = self._was(event_id)
        if one is None or one.action == "reject" or one.latest.now is None:
            mine = self._own[self._own["event_id"] == event_id]
            shown = _marked(mine.iloc[0], was.run_id, was.stream) if len(mine) else was
            return was, one.thread if one else None, shown
        event = one.event
        return was, one.thread, replace(event, run_id=was.run_id, stream=was.stream, event_id=event_id, score=was.score)

    def _was(self, event_id: str) -> Marked:
        """Return an event as its model has it; of a refined run, as the run has it that was refined."""
        table, root = self._own, self._root()
        if self.run is not None and root != self.run["run_id"]:
            table, _ = self.library.predictions(self.game_id, root, corrected=False)
            table = table if (table["event_id"] == event_id).any() else self._own
        found = table[table["event_id"] == event_id]
        if not len(found):
            raise DataError(f'no event "{one_line(event_id, 60)}" in this run', key="event_id")
        return _marked(found.iloc[0], root, self.stream)

    def _root(self) -> str:
        """Return the run whose event ids these are: of a refined run the one it was made of, if it is still there."""
        if self.run is None:
            return ""
        root, own = self.run.get("refined_from"), str(self.run["run_id"])
        return str(root) if root and any(r["run_id"] == root for r in self.library.runs(self.game_id)) else own

    # ---- what a person may say -----------------------------------------------------------------------------------

    @cached_property
    def types(self) -> list[str]:
        """The types an event may have: the league's, and those of this run."""
        return sorted({*self.league.events, *map(str, self._own["type"].dropna())})

    @cached_property
    def periods(self) -> list[int]:
        """The game's periods; where its file names none, the league's and those its events are of."""
        named = [int(p["number"]) for p in self.facts["periods"]]
        held = {int(p) for p in self._own["period"]}
        return named or sorted(held | set(range(1, self.league.clock.periods + 1)))

    @cached_property
    def people(self) -> set[str]:
        """The ids of the roster, and of those whose events these are."""
        own = {str(p) for p in self._own["player_id"].dropna()}
        return own | {str(p["id"]) for p in self.facts["roster"]}

    def known_type(self, said: str) -> str:
        """Return a type by its name or label; DataError naming the nearest."""
        name = said.strip().lower().replace(" ", "_").replace("-", "_")
        if name in self.types:
            return name
        label = next((k for k, e in self.league.events.items() if e.label.casefold() == said.strip().casefold()), None)
        if label is None:
            raise DataError(f'"{one_line(said, 40)}" is no event of {self.league.full_name}', key="type",
                            expected="an event's name", todo=nearest(name, self.types))  # fmt: skip
        return label

    def known_player(self, said: str) -> dict[str, Any]:
        """Return a person of the roster by id or part of a name; DataError naming the nearest, or those it may be."""
        roster = [p for p in self.facts["roster"] if p["side"] in (0, 1)]
        exact = [p for p in roster if p["id"] == said]
        fold = said.strip().casefold()
        names = [p for p in roster if fold in (str(p["name"]).casefold(), str(p["short_name"] or "").casefold())]
        part = [p for p in roster if fold and fold in str(p["name"]).casefold()]
        found = exact or names or part
        if len(found) == 1:
            return dict(found[0])
        todo = nearest(said, [p["name"] for p in roster])
        if found:
            todo = "It may be " + ", ".join(f"{one_line(p['name'], 40)} ({p['id']})" for p in found[:8]) + "."
        raise DataError(f'"{one_line(said, 40)}" is {"several players" if found else "nobody on the roster"}',
                        key="player", expected="an id or a name", todo=todo)  # fmt: skip

    def moment(self, when: str) -> tuple[int, float]:
        """Return period and seconds into it of "12:30" or "P2/12:30", as the game's clock shows it."""
        found = _WHEN.match(when.strip())
        if found is None:
            raise DataError(f'"{one_line(when, 30)}" is no moment', key="add", expected="12:30, or P2/12:30")
        clock, shown = self.league.clock, int(found[2]) * 60 + float(found[3])
        known = self.periods
        if found[1] is not None:
            period = int(found[1])
        elif clock.continues and clock.counts == "up":
            period = max((p for p in known if clock.starts_at_s(p) <= shown), default=known[0])
        elif len(known) == 1:
            period = known[0]
        else:
            raise DataError(f'"{one_line(when, 30)}" is in every {clock.period_name}', key="add",
                            expected=f"which: P1/{when.strip()}")  # fmt: skip
        t_s = float(clock.to_elapsed(period, shown))
        if period not in known or t_s < 0:
            said = f"P{known[0]} to P{known[-1]}" if period not in known else "a moment within it"
            raise DataError(f'"{one_line(when, 30)}" is not in this game', key="add", expected=said)
        return period, t_s

    def _frame(self, period: int, t_s: float, when: str) -> tuple[int, float, tuple[float | None, float | None]]:
        """Return the frame nearest a moment, the frames' rate and where the ball is in it; -1 without tracks."""
        about = self.facts["tracks"]
        if about is None:
            return -1, 1.0, (None, None)
        columns = ["frame", "t_s", "ball_x", "ball_y"]
        t = self.library.seen(self.game_id, "frames", columns, ("period", "==", period))
        if t is None:  # read anew meanwhile, and without
            return -1, 1.0, (None, None)
        gap = np.abs(t["t_s"].to_numpy() - t_s)
        if not len(gap) or gap.min() > FAR_S:
            raise DataError(f'"{one_line(when, 30)}" is not in the frames of this game', key="add",
                            expected=f"up to {self.league.clock.text(period, float(t['t_s'].to_numpy().max()))}"
                            if len(gap) else f"a period with frames, not {period}")  # fmt: skip
        row = int(gap.argmin())
        top, bottom = about["rate_hz"]
        ball = (t["ball_x"][row].as_py(), t["ball_y"][row].as_py())
        return int(t["frame"][row].as_py()), top / bottom, ball

    def _place(self, frame: int, player_id: str) -> tuple[float | None, float | None]:
        """Return where a player is in a frame, (None, None) where he is not seen."""
        t = None
        if frame >= 0:
            t = self.library.seen(self.game_id, "tracks", ["player_id", "x", "y"], ("frame", "==", frame))
        if t is None:
            return None, None
        found = next((r for r in t.to_pylist() if r["player_id"] == player_id), None)
        return (float(found["x"]), float(found["y"])) if found else (None, None)


def _marked(e: pd.Series, run_id: str, stream: str) -> Marked:
    return Marked(
        run_id, stream, str(e["event_id"]), int(e["period"]), float(e["t_s"]), int(e["frame"]), str(e["type"]),
        int(e["side"]), None if pd.isna(e["player_id"]) else str(e["player_id"]), _number(e["x"]), _number(e["y"]),
        int(e["start_frame"]), int(e["end_frame"]), _number(e["score"]),
    )  # fmt: skip


def _number(value: Any) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def told(said: Sequence[Correction]) -> str:
    """Return what corrections say, in words: "3 confirmed, 1 rejected"."""
    words = {**WORDS, "withdraw": "withdrawn"}
    counts = {w: sum(words[c.action] == w for c in said) for w in words.values()}
    return ", ".join(f"{n} {w}" for w, n in counts.items() if n)


def clock_of(facts: dict[str, Any]) -> Callable[[int, float], str]:
    """Return what reads out a moment of a game, period and seconds into it: "63:12", "P2 7:40"."""
    clock = load_league(facts["league"]).clock

    def text(period: int, t_s: float) -> str:
        if not np.isfinite(t_s):
            return "time unknown"
        shown = clock.text(period, t_s)
        if not clock.continues or clock.counts != "up":
            return f"P{period} {shown}"
        length = clock.length_s(period)
        return shown if length is None or t_s < length else f"P{period}/{shown}"

    return text
