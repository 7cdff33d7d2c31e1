"""One event's part of a query: which events are of these types and pass every filter, and what each filter left.

What a filter cannot decide (a place or a direction of play that is not known, a score that cannot be derived) does not
pass it, and is counted.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np

from sportsai.court.zones import Zone
from sportsai.errors import SportsaiError, one_line
from sportsai.queries.aliases import OWN_HALF, THEIR_HALF
from sportsai.queries.columns import RECOGNISED, SOURCES, Bool, Columns, Int
from sportsai.queries.language import Filter, Named, Phrase
from sportsai.queries.score import lead
from sportsai.queries.vocabulary import ARTICLES, Vocabulary, plain, singular
from sportsai.queries.wording import say_filter
from sportsai.queries.wrong import QueryError, close

LEAST = 0.5  # from which probability a label is taken to hold
_LATE = {"zone": 1, "outside": 1, "label": 2, "to": 2, "state": 2}  # filters that leave out, or read more: at last
_COMPARE: dict[str, Callable[..., Bool]] = {
    ">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt, "=": np.isclose,
}  # fmt: skip


@dataclass
class Trace:
    """What was left of a part, step by step: (what, how many)."""

    steps: list[tuple[str, int]] = field(default_factory=list)


class Sieve:
    """Answers one query's events.

    source: "recognised", "logged", "all"; None: recognised events, and the log of games that have none.
    """

    def __init__(self, columns: Columns, vocabulary: Vocabulary, text: str, source: str | None = None) -> None:
        if source not in (None, "all", *SOURCES):
            raise SportsaiError(f'no source "{source}"', expected="recognised, logged or all")
        self.c, self.v, self.text, self.source = columns, vocabulary, text, source
        self.notes: list[str] = []

    @cached_property
    def base(self) -> Bool:
        """Which events the source lets through, (N,)."""
        c = self.c
        if self.source == "all":
            return np.ones(len(c), bool)
        if self.source is not None:
            return c.source == SOURCES.index(self.source)
        return (c.source == RECOGNISED) | ~c.analysed[c.game] if len(c) else np.zeros(0, bool)

    def named(self, part: Named) -> tuple[Int, Trace]:
        """Return the events of a part, in order, and what each filter left."""
        index = self._of_types(part)
        what = " or ".join(dict.fromkeys(self.noun(p) for p in part.types))
        trace = Trace([(what, len(index))])
        for f in sorted(part.filters, key=lambda f: _LATE.get(f.kind, 0)):
            keep = self._passes(f, index, what)
            index = index[keep]
            trace.steps.append((say_filter(f), len(index)))
        return index, trace

    def _of_types(self, part: Named) -> Int:
        c, chosen = self.c, np.zeros(len(self.c), bool)
        for phrase in part.types:
            meanings = self.v.event(phrase, self.text)
            if meanings is None:
                return np.flatnonzero(self.base)
            for m in meanings:
                wanted = np.zeros(len(c.types) + 1, bool)
                wanted[[k for k, t in enumerate(c.types) if t in m.types]] = True
                mine = wanted[c.type]
                if m.zones or m.label:
                    index = np.flatnonzero(mine & self.base)
                    if m.zones:
                        index = index[self._in_zones(m.zones, index, "shot", spoken=False)]
                    if m.label:
                        index = index[self._labelled(m.label, index)]
                    chosen[index] = True
                else:
                    chosen |= mine
        return np.flatnonzero(chosen & self.base)

    def noun(self, phrase: Phrase) -> str:
        """Return what an event is called, in the singular."""
        said = plain(phrase.text)
        bare = said.partition(" ")[2] if said.startswith(ARTICLES) else ""
        known = [one for one in singular(said) + singular(bare) if one in self.v.types]
        return known[0] if known else "event"

    # ---- filters -------------------------------------------------------------------------------------------------

    def _passes(self, f: Filter, index: Int, what: str) -> Bool:
        """Return which of these events pass a filter, (n,)."""
        return getattr(self, f"_{f.kind}")(f, index, what)

    def _by(self, f: Filter, index: Int, what: str) -> Bool:
        mine = np.zeros(len(self.c.people) + 1, bool)
        for phrase in f.values:
            mine[:-1] |= self.v.players(phrase, self.text)
        return mine[self.c.player[index]]

    def _anyone(self, f: Filter, index: Int, what: str) -> Bool:
        return np.append(self.v.players(f.values[0], self.text, any_of=True), False)[self.c.player[index]]

    def _any_team(self, f: Filter, index: Int, what: str) -> Bool:
        sides = self.v.teams(f.values[0], self.text, any_of=True)
        side = self.c.side[index]
        return (side >= 0) & sides[self.c.game[index], np.maximum(side, 0)]

    def _to(self, f: Filter, index: Int, what: str) -> Bool:
        wanted: set[str] = set()
        for phrase in f.values:
            said = plain(phrase.text)
            ids = {self.c.people[k][1] for k in np.flatnonzero(self.v.players(phrase, self.text)).tolist()}
            wanted |= ids or {str(p["id"]) for g in self.c.games for p in g.roster if said in plain(str(p["name"]))}
        return np.array([bool(wanted & set(ids)) if ids else False for ids in self.c.others(index)], bool)

    def _team(self, f: Filter, index: Int, what: str) -> Bool:
        sides = self.v.teams(f.values[0], self.text)
        side = self.c.side[index]
        return (side >= 0) & sides[self.c.game[index], np.maximum(side, 0)]

    def _against(self, f: Filter, index: Int, what: str) -> Bool:
        sides = self.v.teams(f.values[0], self.text)[:, ::-1]
        side = self.c.side[index]
        return (side >= 0) & sides[self.c.game[index], np.maximum(side, 0)]

    def _zone(self, f: Filter, index: Int, what: str) -> Bool:
        return self._in_zones(self.v.zone(f.values[0], self.text), index, what)

    def _outside(self, f: Filter, index: Int, what: str) -> Bool:
        return self._in_zones(self.v.zone(f.values[0], self.text), index, what, outside=True)

    def _period(self, f: Filter, index: Int, what: str) -> Bool:
        return self.c.period[index] == f.values[0]

    def _game(self, f: Filter, index: Int, what: str) -> Bool:
        return self.v.games(f.values[0], self.text)[self.c.game[index]]

    def _league(self, f: Filter, index: Int, what: str) -> Bool:
        return self.v.in_league(f.values[0], self.text)[self.c.game[index]]

    def _probability(self, f: Filter, index: Int, what: str) -> Bool:
        score = self.c.score[index]
        logged = ~np.isfinite(score)
        if logged.any():
            self.note(f"{many(int(logged.sum()), what)} without a probability (logged, not recognised) left out")
        compared = _COMPARE[f.values[0]](
            np.where(logged, -1, score).astype(np.float64), np.float64(np.float32(f.values[1]))
        )
        return ~logged & compared

    def _state(self, f: Filter, index: Int, what: str) -> Bool:
        ahead, known, why = lead(self.c, index)
        if why:
            games = [self.c.games[g].id for g in why]
            reason = next(iter(why.values()))
            of = f"game {one_line(games[0], 40)}" if len(games) == 1 else f"{len(games)} games"
            reason = reason if len(set(why.values())) == 1 else f"of {one_line(games[0], 40)}: {reason}"
            missed = int(np.isin(self.c.game[index], list(why)).sum())
            self.note(f"the score of {of} is not known ({reason}): {many(missed, what)} left out")
        sign = {"leading": 1, "trailing": -1, "level": 0}[f.values[0]]
        return known & (np.sign(ahead) == sign)

    def _label(self, f: Filter, index: Int, what: str) -> Bool:
        said = plain(f.values[0].text)
        titles = {plain(t): n for v in self.c.leagues.values() if v is not None for n, t in v.label_titles.items()}
        name = titles.get(said, said)
        found = self._labelled(name, index)
        if not found.any() and said not in titles and said not in {plain(n) for n in titles.values()}:
            held = sorted({plain(n) for a in self.c.attributes(index[:5000]) for n in labels_of(a)})
            near = close(said, sorted({*held, *titles, *(plain(n) for n in titles.values())}))
            raise QueryError(
                f'no label "{one_line(f.values[0].text, 40)}"', self.text, f.values[0].at,
                expected=None if near else f"one of {', '.join((held or sorted(titles))[:12])}",
                todo=f'Did you mean "{near}"?' if near else None,
            )  # fmt: skip
        return found

    def _labelled(self, name: str, index: Int) -> Bool:
        said = plain(name)
        return np.array([said in {plain(n) for n in labels_of(a)} for a in self.c.attributes(index)], bool)

    def _between(self, f: Filter, index: Int, what: str) -> Bool:
        first, last = f.values
        return self._clocked(index, first, last)

    def _after(self, f: Filter, index: Int, what: str) -> Bool:
        return self._clocked(index, f.values[0], None)

    def _before(self, f: Filter, index: Int, what: str) -> Bool:
        return self._clocked(index, None, f.values[0])

    def _clocked(self, index: Int, first: float | None, last: float | None) -> Bool:
        """Return which events lie between two times of the clock [first, last), whichever way it runs, (n,).

        A clock that runs down from 20:00 never shows 60:00: nothing of that game is before it, or after.
        """
        start, down = self.clocks
        t, sign = self.c.t_s[index], np.where(down, -1.0, 1.0)[self.c.segment[index]]
        since = [None if v is None else (v - start[self.c.segment[index]]) * sign for v in (first, last)]
        early, late = since
        if early is not None and late is not None:
            early, late = np.minimum(early, late), np.maximum(early, late)
        shown = min(v for v in (first, last) if v is not None) <= start[self.c.segment[index]] + 1e-6
        keep = np.isfinite(t) & (~down[self.c.segment[index]] | shown)
        keep &= True if early is None else np.round(t, 6) >= np.round(early, 6)
        return keep & (True if late is None else np.round(t, 6) < np.round(late, 6))

    @cached_property
    def clocks(self) -> tuple[np.ndarray, Bool]:
        """What the clock shows when each game's period begins, and whether it runs down, (segments,)."""
        c = self.c
        start, down = np.zeros(len(c.firsts)), np.zeros(len(c.firsts), bool)
        for k, i in enumerate(c.firsts.tolist()):
            league = c.leagues[c.games[c.game[i]].league]
            if league is not None:
                start[k], down[k] = league.clock.starts_at_s(int(c.period[i])), league.clock.counts == "down"
        return start, down

    # ---- zones ---------------------------------------------------------------------------------------------------

    def _in_zones(
        self, names: tuple[str, ...], index: Int, what: str, outside: bool = False, spoken: bool = True
    ) -> Bool:
        """Return which events lie in (or outside of) zones, (n,); `spoken`: what has no such zone is told."""
        xy, known = self.turned(index)
        inside = np.zeros(len(index), bool)
        there, placed = np.zeros(len(index), bool), np.zeros(len(index), bool)
        for kind, games in self.courts.items():
            here = games[self.c.game[index]]
            mine = here & known
            for zones in (self.zones_of(kind, name) for name in names):
                if zones is None:
                    continue
                there |= mine
                placed |= here
                for holds in zones:
                    inside[mine] |= holds(xy[mine])
        nowhere, unknown = int((~placed).sum()), int((placed & ~there).sum())
        if nowhere and spoken:
            self.note(f"{many(nowhere, what)} of {len(index):,} on courts without such a zone left out")
        if unknown:
            why = "the place, the team or its direction of play"
            self.note(f"the zone of {many(unknown, what)} of {len(index):,} is not known ({why}): left out")
        return there & ~inside if outside else inside

    def turned(self, index: Int) -> tuple[np.ndarray, Bool]:
        """Return where events happened with the acting team attacking right, (n, 2) metres, and where known, (n,).

        A place beyond the lines (a ball that went out, a serve) is that of the nearest point of the court.
        """
        c, side = self.c, self.c.side[index]
        right = self.rights[c.segment[index]]
        known = (side >= 0) & (right >= 0) & np.isfinite(c.x[index]) & np.isfinite(c.y[index])
        sign = np.where(side == right, 1.0, -1.0)
        xy = np.stack([c.x[index] * sign, c.y[index] * sign], -1).astype(np.float64)
        half = self._halves[c.game[index]]
        return np.clip(xy, -half, half), known

    @cached_property
    def _halves(self) -> np.ndarray:
        """Half the length and width of each game's court in metres, (G, 2); infinite where not known."""
        sizes = np.array([g.size_m for g in self.c.games], np.float64).reshape(-1, 2)
        return np.where(sizes > 0, sizes, np.inf) / 2

    @cached_property
    def rights(self) -> Int:
        """The side that attacks right in each game's period, (segments,), -1 unknown."""
        c = self.c
        out = np.full(len(c.firsts), -1)
        for k, i in enumerate(c.firsts.tolist()):
            right = c.games[c.game[i]].right.get(int(c.period[i]))
            out[k] = -1 if right is None else right
        return out

    @cached_property
    def courts(self) -> dict[tuple[str, float, float], Bool]:
        """Which games (G,) are played on each court: league, length, width."""
        found: dict[tuple[str, float, float], Bool] = {}
        for k, g in enumerate(self.c.games):
            if self.c.leagues[g.league] is not None:
                found.setdefault((g.league, *g.size_m), np.zeros(len(self.c.games), bool))[k] = True
        return found

    def zones_of(self, kind: tuple[str, float, float], name: str) -> list[Callable[..., Bool]] | None:
        """Return what holds positions of a zone of a court; None where the court has no zone of that name.

        Zones of a group are listed the most particular first, and one is what those before it leave: a wing is its half
        without centre and half-space.
        """
        if name in (OWN_HALF, THEIR_HALF):
            return [(lambda xy: xy[..., 0] < 0) if name == OWN_HALF else (lambda xy: xy[..., 0] >= 0)]
        every = self.zones_at(kind)
        at = [k for k, z in enumerate(every) if z.name == name]
        before = [[z for z in every[:k] if z.group == every[k].group and z.name != name] for k in at]
        return [partial(_left_to, every[k], others) for k, others in zip(at, before, strict=True)] or None

    def zones_at(self, kind: tuple[str, float, float]) -> tuple[Zone, ...]:
        """Return the zones of a court of a league, at the size the game was played on."""
        name, length, width = kind
        league = self.c.leagues[name]
        assert league is not None
        return (league.court.resized(length, width) if length > 0 and width > 0 else league.court).zones

    def note(self, text: str) -> None:
        """Keep a line to be said beside the answer, once."""
        if text not in self.notes:
            self.notes.append(text)


def _left_to(zone: Zone, before: Sequence[Zone], xy: np.ndarray) -> Bool:
    """Return which positions lie in a zone and in none of those before it, (n,)."""
    inside = zone.holds(xy)
    at = np.flatnonzero(inside)
    for one in before:
        inside[at] &= ~one.holds(xy[at])
    return inside


def labels_of(attributes: dict) -> list[str]:
    """Return the labels that hold for an event: those of probability LEAST or more, true facts, and facts in words."""
    held = [k for k, v in attributes.items() if v is True and not k.endswith("trained_on")]
    held += [v for k, v in attributes.items() if isinstance(v, str) and len(v) < 60]
    for key in ("labels", "classes"):
        each = attributes.get(key)
        if isinstance(each, dict):
            held += [n for n, p in each.items() if isinstance(p, (int, float)) and p >= LEAST]
    return held


def many(n: int, noun: str) -> str:
    """Return "1 pass", "8 passes", "2,000 entries"."""
    if n == 1:
        return f"1 {noun}"
    if noun.endswith(("s", "sh", "ch", "x")):
        plural = f"{noun}es"
    elif noun.endswith("y") and noun[-2:-1] not in "aeiou":
        plural = f"{noun[:-1]}ies"
    else:
        plural = f"{noun}s"
    return f"{n:,} {plural}"
