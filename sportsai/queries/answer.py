"""What a query found as a table: a row for each match, or counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from sportsai.queries.ask import Asked
from sportsai.queries.columns import SOURCES, Columns, Int
from sportsai.queries.sift import labels_of

UNKNOWN = -1


def ordered(asked: Asked) -> Int:
    """Return the matches in the order that is asked for, `top` and `limit` applied; counts are not limited here."""
    query, c = asked.query, asked.columns
    first = asked.matches.rows[:, 0]
    order = np.arange(len(first))
    if query.counted:
        return order
    key, down = query.order or (("probability", True) if query.top is not None else ("time", False))
    if key == "probability" or key == "count":
        score = c.score[first].astype(np.float64)
        order = np.argsort(np.where(np.isnan(score), np.inf, -score if down else score), kind="stable")
    elif key == "time":
        order = np.argsort(-c.start[first] if down else c.start[first], kind="stable") if query.order else order
    else:
        codes, names = group_codes(asked, key, order)
        rank = np.empty(len(names) + 1, np.int64)
        rank[np.argsort(np.array(names, object), kind="stable") if names else []] = np.arange(len(names))
        rank[-1] = len(names)  # not known: last
        order = np.argsort(-rank[codes] if down else rank[codes], kind="stable")
    most = min(v for v in (query.top, query.limit, len(order)) if v is not None)
    return order[:most]


def table(asked: Asked, most: int | None = None) -> tuple[pd.DataFrame, int]:
    """Return the answer as a table of `most` rows at most, and how many rows there are."""
    if asked.query.counted:
        whole = counts(asked)
        return (whole if most is None else whole.head(most)), len(whole)
    order = ordered(asked)
    return rows(asked, order if most is None else order[:most]), len(order)


def rows(asked: Asked, which: Int) -> pd.DataFrame:
    """Return some matches, a row each: the first event's columns, then type_2, player_2, ... of those after it.

    t_s seconds of the period, x_m, y_m court metres as stored, start_frame and end_frame [start, end) of the whole.
    """
    c, m = asked.columns, asked.matches.take(which)
    first = m.rows[:, 0]
    made: dict[str, Any] = {
        "game": _names(c.game[first], [g.id for g in c.games]),
        "period": c.period[first],
        "clock": pa.array(clocks(asked, first), pa.string()),
        "t_s": np.round(c.t_s[first], 2),
        **_event(c, first, ""),
        "x_m": np.round(c.x[first].astype(np.float64), 1),
        "y_m": np.round(c.y[first].astype(np.float64), 1),
        "source": _names(c.source[first].astype(np.int64), list(SOURCES)),
    }
    for k in range(1, m.rows.shape[1]):
        event = m.rows[:, k]
        made |= {f"t_s_{k + 1}": np.round(c.t_s[event], 2), **_event(c, event, f"_{k + 1}")}
    frames = c.first[m.rows], c.last[m.rows]
    made["start_frame"], made["end_frame"] = frames[0].min(1), frames[1].max(1)
    made["event_id"] = c.event_id.take(pa.array(c.row[first]))
    return pa.table(made).to_pandas()


def _event(c: Columns, index: Int, suffix: str) -> dict[str, Any]:
    return {
        f"type{suffix}": _names(c.type[index], list(c.types)),
        f"player{suffix}": _names(c.player[index], people(c)),
        f"team{suffix}": _names(teams_of(c, index), team_names(c)),
        f"probability{suffix}": np.round(c.score[index].astype(np.float64), 3),
    }


def _names(codes: Int, names: Sequence[str | None]) -> pa.Array:
    """Return codes as text; -1 is null."""
    if not len(names):
        return pa.nulls(len(codes), pa.string())
    index = pa.array(codes.astype(np.int32), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(index, pa.array(list(names), pa.string())).dictionary_decode()


def people(c: Columns) -> list[str]:
    """Return the name of each of the columns' people; the id of who is on no roster."""
    return [i if p is None else str(p["name"]) for (_, i), p in zip(c.people, c.person, strict=True)]


def team_names(c: Columns) -> list[str]:
    """Return home's and away's name of every game, in turn."""
    return [str(t["name"]) for g in c.games for t in g.teams]


def teams_of(c: Columns, index: Int) -> Int:
    """Return the place in `team_names` of the acting team, -1 unknown."""
    side = c.side[index].astype(np.int64)
    return np.where(side >= 0, c.game[index] * 2 + side, -1)


def clocks(asked: Asked, index: Int) -> list[str | None]:
    """Return moments as a clock shows them: "63:12", "45+1:05", "Q2 7:40"; None where the time is not known."""
    c = asked.columns
    start, down = asked.sieve.clocks
    segment, t = c.segment[index], c.t_s[index]
    known = np.isfinite(t)
    t = np.where(known, t, 0)
    shown = np.maximum(0, start[segment] + np.where(down[segment], -t, t))
    whole = np.where(down[segment], np.ceil(shown - 1e-6), np.floor(shown + 1e-6)).astype(np.int64)
    heads = _heads(c)
    out: list[str | None] = []
    each = zip(segment.tolist(), whole.tolist(), t.tolist(), known.tolist(), strict=True)
    for s, seconds, at, there in each:
        head, length, last = heads[s]
        if not there:
            out.append(None)
        elif length is not None and at >= length:
            over = int(at - length)
            out.append(f"{last}+{over // 60}:{over % 60:02d}")
        else:
            out.append(f"{head}{seconds // 60}:{seconds % 60:02d}")
    return out


def _heads(c: Columns) -> list[tuple[str, float | None, int]]:
    """Return for each segment what stands before its clock, and of a clock that goes on its length and last minute."""
    out: list[tuple[str, float | None, int]] = []
    for i in c.firsts.tolist():
        league, period = c.leagues[c.games[c.game[i]].league], int(c.period[i])
        if league is None:
            out.append((f"P{period} ", None, 0))
        elif league.clock.continues and league.clock.counts == "up":
            length = league.clock.length_s(period)
            out.append(("", length, 0 if length is None else int(league.clock.to_clock(period, length)) // 60))
        else:
            out.append((f"{league.clock.period_name[:1].upper()}{period} ", None, 0))
    return out


# ---- counts ----------------------------------------------------------------------------------------------------------


def counts(asked: Asked) -> pd.DataFrame:
    """Return how many matches there are, by the groups asked for: of their first event, most first.

    A label group counts a match under each label that holds for it. What is not known is counted apart, as missing.
    """
    query = asked.query
    every = np.arange(len(asked.matches))
    if not query.groups:
        return pd.DataFrame({"count": [len(every)]})
    which, held = every, []
    if "label" in query.groups:
        held = [sorted(set(labels_of(a))) for a in asked.columns.attributes(asked.matches.rows[:, 0])]
        which = np.repeat(every, [max(1, len(h)) for h in held])
    coded = [_labels(held) if key == "label" else group_codes(asked, key, which) for key in query.groups]
    sizes = tuple(len(names) + 1 for _, names in coded)
    cells, n = np.unique(np.ravel_multi_index([codes + 1 for codes, _ in coded], sizes), return_counts=True)
    made = pd.DataFrame({"count": n})
    for k, (key, (_, names)) in enumerate(zip(query.groups, coded, strict=True)):
        values = [None if c < 0 else names[c] for c in (np.unravel_index(cells, sizes)[k] - 1).tolist()]
        made.insert(k, key, pd.Series(values, dtype=object))
    made = made.sort_values(list(query.groups), kind="stable", na_position="last")
    key, down = query.order or ("count", True)
    by = "count" if key not in made else key
    made = made.sort_values(by, ascending=not down, kind="stable", na_position="last")
    most = min(v for v in (query.top, query.limit, len(made)) if v is not None)
    return made.head(most).reset_index(drop=True)


def _labels(held: Sequence[Sequence[str]]) -> tuple[Int, list[Any]]:
    """Return the labels of matches, one after another, as codes; -1 for a match without any."""
    names = sorted({label for h in held for label in h})
    place = {label: k for k, label in enumerate(names)}
    return np.array([place[label] if label else UNKNOWN for h in held for label in (h or [""])], np.int64), names


def group_codes(asked: Asked, key: str, which: Int) -> tuple[Int, list[Any]]:
    """Return what matches are grouped by: a code each, -1 where not known, and what each code is called."""
    c = asked.columns
    index = asked.matches.rows[which, 0]
    if key == "player":
        return _persons(c, index)
    if key == "team":
        return _merged(teams_of(c, index), team_names(c))
    if key == "game":
        return c.game[index], [g.id for g in c.games]
    if key == "league":
        return _merged(c.game[index], [g.league for g in c.games])
    if key == "type":
        return c.type[index], list(c.types)
    if key == "source":
        return c.source[index].astype(np.int64), list(SOURCES)
    if key == "period":
        return c.period[index] - 1, list(range(1, int(c.period.max(initial=1)) + 1))
    if key == "zone":
        return _zones(asked, index)
    raise ValueError(key)


def _merged(codes: Int, names: Sequence[str]) -> tuple[Int, list[Any]]:
    """Return codes of equal names as one."""
    each = sorted(set(names))
    to = np.array([each.index(n) for n in names] + [UNKNOWN], np.int64) if len(each) < 64 else None
    if to is None:
        place = {n: k for k, n in enumerate(each)}
        to = np.array([place[n] for n in names] + [UNKNOWN], np.int64)
    return to[codes], each


def _persons(c: Columns, index: Int) -> tuple[Int, list[Any]]:
    """Return who is who across games: the same id and name; namesakes of other ids get their id beside the name."""
    names = people(c)
    ids = [i for _, i in c.people]
    each = sorted(set(zip(names, ids, strict=True)))
    place = {pair: k for k, pair in enumerate(each)}
    called = [n for n, _ in each]
    shown = (
        [n if called.count(n) == 1 else f"{n} (id {i})" for n, i in each] if len(set(called)) < len(called) else called
    )
    to = np.array([place[pair] for pair in zip(names, ids, strict=True)] + [UNKNOWN], np.int64)
    return to[c.player[index]], list(shown)


def _zones(asked: Asked, index: Int) -> tuple[Int, list[Any]]:
    """Return each event's zone: the first of its court's that holds it, the most particular first."""
    sieve = asked.sieve
    xy, known = sieve.turned(index)
    names: list[str] = []
    out = np.full(len(index), UNKNOWN)
    for kind, games in sieve.courts.items():
        mine = np.flatnonzero(games[asked.columns.game[index]] & known)
        for zone in reversed(sieve.zones_at(kind)):
            title = sieve.v.zone_titles[zone.name]
            if title not in names:
                names.append(title)
            out[mine[zone.holds(xy[mine])]] = names.index(title)
    return out, names
