"""What is said of each place of a window as seen from the key: how far, how open, how the line to it is blocked."""

from __future__ import annotations

import numpy as np

from sportsai.data.describe.scene import RADII, Array, Float32, Scene, described, finite, length
from sportsai.data.windows import Windows

CONES = (0.1, 0.2, 0.35)  # radians either side of the line
PARTS = (0.25, 0.5, 0.75)  # of the way from the key
AGAINST = ("far", "dx", "forward", "open", "lane", "lane_margin@0.3", "lane_angle", "shadow", "shadowed", "goal_gain",
           "mate", "out", "past", "crowd@0.16", "pressed_side", "alone@0.75")  # fmt: skip
PACES = (0.15, 0.3, 0.5)  # an opponent's speed over the ball's


def describe_places(windows: Windows) -> tuple[Float32, list[str]]:
    """Return the features of each place as seen from the key at the reference, (n, P, F) float32, and F names.

    Whoever is not seen there is NaN throughout.
    """
    said = list(described(windows, lambda w: _places(Scene(w))))
    names = list(said[0])
    return np.concatenate([np.stack(list(s.values()), -1).astype(np.float32) for s in said]), names


def _places(s: Scene) -> dict[str, Array]:
    xy, key, m = s.now, s.key[:, s.at], s.m  # (B, P, 2), (B, 2)
    seen = np.isfinite(xy[..., 0])
    own, mate, opp = s.own & seen, s.mate & seen, s.opp & seen
    team = (opp[:, :, None] & opp[:, None]) | (mate[:, :, None] & mate[:, None])  # q is of p's team, (B, p, q)
    to = xy - key[:, None]
    far = length(to)
    unit = to / np.maximum(far, 1e-3)[..., None]
    between = length(xy[:, :, None] - xy[:, None])  # (B, p, q)
    same = np.eye(xy.shape[1], dtype=bool)[None]
    # who defends against p: the other side of p
    against = (opp[:, None] & ~s.opp[:, :, None]) | (own[:, None] & s.opp[:, :, None])
    foes = np.sort(np.where(against, between, np.inf), axis=2)
    foes = np.concatenate([foes, np.full((*foes.shape[:2], 3), np.inf, foes.dtype)], 2)
    angle = np.abs(np.arctan2(
        unit[:, :, None, 0] * unit[:, None, :, 1] - unit[:, :, None, 1] * unit[:, None, :, 0],
        (unit[:, :, None] * unit[:, None]).sum(-1),
    ))  # fmt: skip
    along = (to[:, None] * unit[:, :, None]).sum(-1)  # of q on p's line
    aside = np.abs(to[:, None, :, 0] * unit[:, :, None, 1] - to[:, None, :, 1] * unit[:, :, None, 0])
    spot = np.clip(along, 0, far[:, :, None])
    off = np.hypot(aside, along - spot)  # of q from p's segment
    lane = np.where(opp[:, None] & ~same, off, np.inf)
    nearer = far[:, None] < far[:, :, None]
    goal, key_goal = length(xy - s.goal), length(key - s.goal)
    x, y = xy[..., 0], xy[..., 1]

    def rank(value: Array, most: bool = False) -> Array:
        """How many of p's team have less (most: more) of it."""
        other, mine = value[:, None], value[:, :, None]
        return (team & ~same & ((other > mine) if most else (other < mine))).sum(2).astype(np.float32)

    def least(value: Array, who: Array) -> Array:
        return finite(np.where(who & np.isfinite(value), value, np.inf).min(2))

    def mean(value: Array, who: Array) -> Array:
        return np.nanmean(np.where(who, value, np.nan), 1)[:, None]

    def best(value: Array, most: bool) -> Array:
        fill = -np.inf if most else np.inf
        all_ = np.where(team & np.isfinite(value)[:, None], value[:, None], fill)
        return finite(all_.max(2) if most else all_.min(2))

    every = np.ones_like(x)
    last = np.sort(np.where(opp, x, -np.inf), axis=1)
    last = finite(last[:, -2] if last.shape[1] > 1 else last[:, -1])[:, None]
    open1, lane1 = finite(foes[..., 0]), finite(lane.min(2))
    out: dict[str, Array] = {
        "side": np.where(s.opp, -1.0, 1.0), "far": far, "far_rank": rank(far), "dx": to[..., 0],
        "dy": np.abs(to[..., 1]),
        "out": to[..., 1], "forward": unit[..., 0], "x": x, "y": np.abs(y), "goal": goal,
        "goal_gain": key_goal[:, None] - goal, "goal_rank": rank(goal), "x_rank": rank(x), "x_team": x - mean(x, own),
        "y_team": np.abs(y - mean(y, own)), "y_other": np.abs(y - mean(y, opp)), "past_last": x - last,
        "past": (opp[:, None] & (x[:, None] > key[:, None, :1]) & (x[:, None] < x[:, :, None])).sum(2)
        - (opp[:, None] & (x[:, None] < key[:, None, :1]) & (x[:, None] > x[:, :, None])).sum(2),
        "ahead": (opp[:, None] & (x[:, None] > x[:, :, None])).sum(2),
        "open": open1, "open2": finite(foes[..., 1]), "open3": finite(foes[..., :3].mean(2)),
        "open_rank": rank(open1, most=True),
        "open_goal": least(between, against & (x[:, None] > x[:, :, None])),
        "open_key": least(between, against & (along < far[:, :, None])),
        "mate": least(between, team & ~same),
        "lane": lane1,
        "lane_at": np.take_along_axis(spot, lane.argmin(2)[..., None], 2)[..., 0] / np.maximum(far, 1e-3),
        "lane_rank": rank(lane1, most=True),
    }  # fmt: skip
    for r in RADII:
        out[f"crowd@{r:g}"] = (against & (between < r * m)).sum(2)
    for r in RADII[1:]:
        out[f"mates@{r:g}"] = (team & ~same & (between < r * m)).sum(2)
    for pace in PACES:
        # a ball at spot b has gone b; the opponent nearest by then: the least over the line of distance less pace * b
        reach = pace / np.sqrt(1 - pace**2)
        where = np.clip(along + reach * aside, 0, far[:, :, None])
        margin = np.hypot(aside, along - where) - pace * where
        margin = finite(np.where(opp[:, None] & ~same, margin, np.inf).min(2))
        out[f"lane_margin@{pace:g}"], out[f"lane_margin_rank@{pace:g}"] = margin, rank(margin, most=True)
    out["lane_angle"] = least(angle, opp[:, None] & nearer & ~same)
    for cone in CONES:
        out[f"lane_cone@{cone:g}"] = (opp[:, None] & nearer & ~same & (angle < cone)).sum(2)
    mates = mate[:, None] & ~same
    out["shadow"] = least(angle, mates & nearer)
    out["shadow_far"] = least(far[:, None] * every[:, :, None], mates & (angle < 0.3)) / np.maximum(far, 1e-3)
    out["next_angle"] = least(angle, mates)
    out["nearer"] = (mates & nearer & (angle < 0.5)).sum(2)
    pressing = np.where(opp, far, np.inf)
    two = np.sort(np.concatenate([pressing, np.full((len(x), 2), np.inf, pressing.dtype)], 1), axis=1)
    presser = unit[s.n, pressing.argmin(1)]
    out |= {
        "key_x": key[:, :1] * every, "key_y": np.abs(key[:, 1:]) * every, "key_open": finite(two[:, :1]) * every,
        "key_open2": finite(two[:, 1:2]) * every, "key_pressed": (unit * presser[:, None]).sum(-1),
        "key_rank": (mate & (x < key[:, :1])).sum(1)[:, None] * every,
        "best_open": open1 - best(open1, True), "best_far": far / np.maximum(best(far, False), 1e-3),
        "best_lane": lane1 - best(lane1, True),
    }  # fmt: skip
    out["shadowed"] = least(angle, mates & (far[:, None] > far[:, :, None]))
    out["lane2"] = finite(np.sort(np.concatenate([lane, np.full((*lane.shape[:2], 1), np.inf)], 2), axis=2)[..., 1])
    out["pressed_side"] = out["key_pressed"] * np.exp(-two[:, :1] / (RADII[1] * m))
    out["key_presser"] = np.where(np.isfinite(two[:, :1]), presser[:, :1] * two[:, :1], np.nan) * every
    out["deepest@him"] = (own & (x == np.where(own, x, np.inf).min(1)[:, None])).astype(np.float32)
    out["deepest@key"] = (key[:, 0] <= np.where(own, x, np.inf).min(1))[:, None] * every
    for part in PARTS:
        way = key[:, None] + part * to
        foe = np.where(opp[:, None], length(xy[:, None] - way[:, :, None]), np.inf).min(2)
        out[f"alone@{part:g}"] = finite(foe) - (1 - part) * far
    ranked = np.sort(np.where(team, far[:, None], np.inf), axis=2)
    for k in range(min(4, ranked.shape[2])):
        out[f"less@{k + 1}"] = far - finite(ranked[..., k])
    for name in AGAINST:
        usual, spread, low = np.full((3, *x.shape), np.nan)
        for who in (mate, opp):
            value = np.where(who, out[name], np.nan)
            for into, of in ((usual, np.nanmean), (spread, np.nanstd), (low, np.nanmin)):
                np.copyto(into, of(value, 1)[:, None], where=who)
        out[f"against@{name}"] = (out[name] - usual) / (spread + 1e-3)
        out[f"above@{name}"] = out[name] - low
    if s.T > 1:
        v = s.velocity(s.xy, s.at)
        foe = np.where(against, between, np.inf).argmin(2)
        away = (xy - np.take_along_axis(xy, foe[..., None], 1)) / np.maximum(open1, 1e-3)[..., None]
        gained = ((v - np.take_along_axis(v, foe[..., None], 1)) * away).sum(-1)
        key_v = s.velocity(s.key, s.at)
        out |= {
            "speed": length(v), "vx": v[..., 0], "closing": -((v - key_v[:, None]) * unit).sum(-1), "fleeing": gained,
            "key_way": (key_v[:, None] * unit).sum(-1) / np.maximum(length(key_v), 1e-3)[:, None],
        }  # fmt: skip
        if s.has_ball:
            ball = s.velocity(s.ball, s.at)
            out["ball_way"] = (ball[:, None] * unit).sum(-1) / np.maximum(length(ball), 1e-3)[:, None]
    return {k: np.where(seen, v, np.nan) for k, v in out.items()}
