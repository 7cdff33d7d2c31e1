"""The engine equals a plain reference that looks at every pair, on random events; so does every way of looking."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from sportsai.data import events_frame
from sportsai.library.form import events_table
from sportsai.queries.columns import MICRO, About, Columns, build
from sportsai.queries.match import Matches, link, single

TYPES = ("pass", "shot", "possession")  # the last one lasts


def columns_from(rows: list[dict[str, Any]]) -> Columns:
    """Return the columns of events: game, period, t (half seconds), type, side, player, long (frames at 2 Hz)."""
    games = [About(g, "soccer", g, ({"name": "H"}, {"name": "A"}), (), {}, 2.0, (105, 68), None) for g in ("a", "b")]
    tables = []
    for k, g in enumerate(games):
        mine = [r for r in rows if r["game"] == k]
        n = len(mine)
        t = [r["t"] / 2 for r in mine]
        frame = [r["t"] + 100 * r["period"] for r in mine]
        events = events_frame({
            "period": [r["period"] for r in mine], "t_s": t, "frame": frame, "start_frame": frame,
            "end_frame": [f + max(1, r["long"]) for f, r in zip(frame, mine, strict=True)],
            "type": [TYPES[r["type"]] for r in mine], "side": [r["side"] for r in mine],
            "player_id": [None if r["player"] < 0 else f"p{r['player']}" for r in mine],
        }, n)  # fmt: skip
        tables.append(events_table(events, g.id, "r"))
    table = pa.concat_tables(tables)
    return build(games, table, np.zeros(table.num_rows, np.int8), ((), ()))


event = st.fixed_dictionaries({
    "game": st.integers(0, 1), "period": st.integers(1, 2), "t": st.integers(0, 24), "type": st.integers(0, 2),
    "side": st.integers(-1, 1), "player": st.integers(-1, 3), "long": st.integers(1, 8),
})  # fmt: skip
rows = st.lists(event, max_size=24)
link_of = st.fixed_dictionaries({
    "how": st.sampled_from(["then", "and", "during"]), "negated": st.booleans(),
    "within": st.sampled_from([None, 0.0, 0.5, 2.0, 30.0]),
    "same": st.sampled_from([None, "player", "team", "other team"]),
})  # fmt: skip

Span = tuple[float, float, bool]  # start, end, whether it lasts


def span(c: Columns, match: tuple[int, ...]) -> Span:
    """A match's beginning and end in seconds, and whether its end is a moment that belongs to it."""
    start = min(c.start[i] for i in match)
    end = max(c.end[i] for i in match)
    closed = any(c.end[i] == end and c.end[i] == c.start[i] for i in match)
    return float(start) / MICRO, float(end) / MICRO, closed


def stand(c: Columns, a: tuple[int, ...], b: tuple[int, ...], how: str, within: float | None, same: str | None) -> bool:
    """Whether two matches stand together: the sentences of the documentation, one by one."""
    x, y = a[-1], b[0]
    if c.game[x] != c.game[y] or c.period[x] != c.period[y]:
        return False
    if same == "player" and (c.player[x] < 0 or c.player[x] != c.player[y]):
        return False
    if same == "team" and (c.side[x] < 0 or c.side[x] != c.side[y]):
        return False
    if same == "other team" and {int(c.side[x]), int(c.side[y])} != {0, 1}:
        return False
    (a0, a1, a_closed), (b0, b1, b_closed) = span(c, a), span(c, b)
    if how == "then":
        after = b0 > a1 if a_closed else b0 >= a1
        return after and (within is None or b0 - a1 <= within)
    if set(a) & set(b):
        return how == "during" and False
    if how == "during":
        return b1 > b0 and b0 <= a0 and (a1 < b1 or (a1 == b1 and (b_closed or not a_closed)))
    if within is not None:
        return max(0.0, b0 - a1, a0 - b1) <= within
    return (b0 < a1 or (b0 == a1 and a_closed)) and (a0 < b1 or (a0 == b1 and b_closed))


def reference(
    c: Columns, left: list[tuple[int, ...]], right: list[tuple[int, ...]], how: str, negated: bool,
    within: float | None, same: str | None,
) -> list[tuple[int, ...]]:  # fmt: skip
    """Every left match with the earliest right one, by looking at all of them."""
    order = sorted(range(len(right)), key=lambda k: (span(c, right[k])[0], k))
    out = []
    for a in left:
        found = next((right[k] for k in order if stand(c, a, right[k], how, within, same)), None)
        if negated and found is None:
            out.append(a)
        elif not negated and found is not None:
            out.append(a + found)
    return out


def of_type(c: Columns, name: str) -> Matches:
    code = c.types.index(name) if name in c.types else -9
    return single(c, np.flatnonzero(c.type == code))


def listed(m: Matches) -> list[tuple[int, ...]]:
    return [tuple(r) for r in m.rows.tolist()]


def linked(c: Columns, left: Matches, right: Matches, one: dict[str, Any]) -> tuple[Matches, list[tuple[int, ...]]]:
    within = None if one["within"] is None else round(one["within"] * MICRO)
    got = link(c, one["how"], left, right, negated=one["negated"], within_us=within if one["how"] != "during" else None,
               same=one["same"])  # fmt: skip
    return got, reference(c, listed(left), listed(right), one["how"], one["negated"], one["within"], one["same"])


@settings(max_examples=400, deadline=None)
@given(rows, link_of, st.sampled_from(TYPES), st.sampled_from(TYPES))
def test_two_parts_equal_the_reference(made: list[dict], one: dict[str, Any], a: str, b: str) -> None:
    c = columns_from(made)
    got, wanted = linked(c, of_type(c, a), of_type(c, b), one)
    assert listed(got) == wanted


@settings(max_examples=300, deadline=None)
@given(rows, link_of, link_of, st.booleans())
def test_three_parts_equal_the_reference(made: list[dict], first: dict, second: dict, right_first: bool) -> None:
    c = columns_from(made)
    passes, shots, spells = (of_type(c, t) for t in TYPES)
    inner, wanted = linked(c, passes, shots, first)
    assert listed(inner) == wanted
    pair = (spells, inner) if right_first else (inner, spells)
    got, wanted = linked(c, *pair, second)
    assert listed(got) == wanted


def test_times_are_exact() -> None:
    """3.3 s to 8.3 s is 5 s, though not in floating point; and an event without a time stands with nothing."""
    games = [About("a", "soccer", "a", ({"name": "H"}, {"name": "A"}), (), {}, None, (105, 68), None)]
    events = events_frame({"t_s": [3.3, 8.3, np.nan], "type": ["pass", "shot", "shot"], "frame": [1, 2, 3]})
    table = events_table(events, "a", "r")
    c = build(games, table, np.zeros(3, np.int8), ((), ()))
    assert 8.3 - 3.3 > 5.0
    assert len(link(c, "then", of_type(c, "pass"), of_type(c, "shot"), within_us=5 * MICRO)) == 1
    assert len(link(c, "then", of_type(c, "pass"), of_type(c, "shot"), within_us=5 * MICRO - 1)) == 0
    assert len(link(c, "and", of_type(c, "shot"), of_type(c, "pass"), negated=True)) == 1
