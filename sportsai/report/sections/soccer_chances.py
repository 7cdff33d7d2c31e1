"""Shots, and where chances came from: shots logged or recognised, and the ball brought into the box."""

from __future__ import annotations

from markupsafe import Markup

from sportsai.data import AWAY, HOME
from sportsai.report.figures.figure import Figure
from sportsai.report.figures.shot_map import Spot, spot_map
from sportsai.report.material import Material
from sportsai.report.plays import Evidence
from sportsai.report.section import Section
from sportsai.report.soccer import box_entries
from sportsai.report.spells import moment_play

PAGE, ORDER, SPORTS = "match", 20, frozenset({"soccer"})


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return the maps of shots and of ways into the box; None where neither was seen."""
    if m.brief:
        return None
    shots = [f for s in (HOME, AWAY) if (f := _shots(m, evidence, s)) is not None]
    box = [f for s in (HOME, AWAY) if (f := _entries(m, evidence, s)) is not None] if m.tracks is not None else []
    if not shots and not box:
        return None
    how = ""
    if not shots:
        how = "No shot is logged, and no model that ran recognises shots: chances are told by ways into the box alone. "
    elif not any((a or {}).get("xg") for a in m.events["attributes"]):
        how = "How good a chance was is not known: the data give no expected goals. "
    if box:
        how += "The dot is where the ball crosses into the box; the middle is as wide as the goal area."
    return Section("chances", "Shots and chances", figures=(*shots, *box), how=how)


def _shots(m: Material, evidence: Evidence, side: int) -> Figure | None:
    e = m.events[m.events["type"].isin(["shot", "goal"]) & (m.events["side"] == side) & m.events["x"].notna()]
    if not len(e) or m.court.goal_right is None:
        return None
    turn, goal = m.facing(side), m.court.goal_right
    points, goals, near = [], 0, 0
    for i, one in zip(e.index, e.to_dict("records"), strict=True):
        about = one["attributes"] if isinstance(one["attributes"], dict) else {}
        scored = one["type"] == "goal" or bool(about.get("goal") or about.get("lead_to_goal"))
        goals += scored
        x, y = float(one["x"]) * turn, float(one["y"]) * turn
        away = ((x - goal[0]) ** 2 + (y - goal[1]) ** 2) ** 0.5
        near += away <= 16.5
        when = m.clock(int(one["period"]), float(one["t_s"]))
        label = f"{when} {m.player_name(one['player_id'])}, {away:.0f} m"
        points.append(Spot(x, y, label, (int(i),), scored, side=side))
    link = evidence.plays(f"{len(e)} shot{'s' if len(e) != 1 else ''}", f"shots-{side}", list(e.index), "chances")
    title = Markup("{}: {}, {} of them within 16.5 m of goal").format(m.names[side], link, near)
    sub = f"n = {len(e)} {'recognised or logged' if m.recognised else 'logged'}; where the shot was taken from"
    key = ("led to a goal", "did not") if goals else ("", "")
    return spot_map(m, evidence, points, f"shots-{side}", title, sub, side=side, key=key)


def _entries(m: Material, evidence: Evidence, side: int) -> Figure | None:
    rows = box_entries(m, side)
    if not rows:
        return None
    ball, known = m.ball
    turn = m.facing(side)
    plays = evidence.add([moment_play(m, r, side, f"Into the {m.words.box}: {m.names[side]}") for r in rows])
    points, left, right = [], 0, 0
    for r, play in zip(rows, plays, strict=True):
        x, y = (ball[r] * turn).tolist()
        left, right = left + (y > 9.16), right + (y < -9.16)
        points.append(Spot(float(x), float(y), m.clock(*_at(m, r)), (play,), abs(y) <= 9.16, 0.6, side))
    middle = len(rows) - left - right
    most, n = max((("from the left", left), ("from the right", right), ("through the middle", middle)),
                  key=lambda v: v[1])  # fmt: skip
    link = evidence.plays(f"{len(rows)} times", f"entries-{side}", plays, "chances")
    title = Markup("{} came into the {} {}, most {}: {}").format(m.names[side], m.words.box, link, most, n)
    seen = float(known[m.tracks.period > 0].mean()) if m.tracks is not None else 0.0
    sub = f"n = {len(rows)}; the {m.words.ball}’s place is known in {seen:.0%} of play, so more happened unseen"
    if seen > 0.97:
        sub = f"n = {len(rows)}"
    key = ("through the middle", "from the side")
    return spot_map(m, evidence, points, f"entries-{side}", title, sub, side=side, key=key)


def _at(m: Material, row: int) -> tuple[int, float]:
    assert m.tracks is not None
    return int(m.tracks.period[row]), float(m.tracks.t_s[row])
