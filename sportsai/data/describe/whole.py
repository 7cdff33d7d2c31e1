"""What is said of a whole window: the key, the ball, neighbours, teams, the end, lanes, and the first sample."""

from __future__ import annotations

import numpy as np

from sportsai.data.describe.scene import (
    RADII,
    Array,
    Bool,
    Float32,
    Scene,
    angle,
    described,
    finite,
    least,
    length,
)
from sportsai.data.windows import Windows

FEW = (0.25, 0.5, 1.0)  # fewer of them, for what is said of every neighbour
STEPS = tuple(k / 8 for k in range(-7, 9))  # ends of the ball's steps that are looked at
NEIGHBOURS = 4  # of each team
CONTROL = 0.04  # nearer to the ball than this is control
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
MOUTH = 0.07  # half the goal at the end line, of half the court's longer side
GROUPS = (("near", 0, 5), ("next", 5, 11))  # of those who were near the ball in the first sample
BODY = 1.0  # metres beside a line from which a player still stops what goes along it
AHEAD = (0.5, 1.0, 2.0)  # windows ahead at the pace of the reference
LANE_PACES = (0.2, 0.4)  # an opponent's speed over the ball's


def describe(windows: Windows) -> tuple[Float32, list[str]]:
    """Return the features of each window and their names, (n, F) float32 and F names."""
    said = list(described(windows, lambda w: Whole(w).all()))
    names = list(said[0])
    return np.concatenate([np.column_stack(list(s.values())) for s in said]).astype(np.float32), names


class Whole(Scene):
    """The features of each window of a chunk."""

    def all(self) -> dict[str, Array]:
        out: dict[str, Array] = {}
        for part in (self.of_key, self.of_ball, self.of_neighbours, self.of_teams, self.of_end, self.of_lanes,
                     self.of_start):  # fmt: skip
            out |= part()
        return out

    def of_key(self) -> dict[str, Array]:
        key, at = self.key, self.at
        here = key[:, at]
        out = {
            "key_x": here[:, 0], "key_y": here[:, 1], "key_goal": length(here - self.goal),
            "key_goal_angle": np.abs(np.arctan2(here[:, 1], self.m - here[:, 0])),
            "key_own_goal": length(here + self.goal), "key_seen": np.isfinite(key[..., 0]).mean(1),
        }  # fmt: skip
        for name, t in self.whens():
            out[f"key_dx@{name}"] = key[:, t, 0] - here[:, 0]
            out[f"key_out@{name}"] = key[:, t, 1] - here[:, 1]
        for name, t in [("0", at), *self.whens()]:
            v = self.velocity(key, t)
            out[f"key_speed@{name}"], out[f"key_vx@{name}"] = length(v), v[:, 0]
        moved = {name: (key[:, b] - key[:, a]) / (b - a) for name, a, b in self.spans()}
        if len(moved) == 2:
            out["key_turn"] = angle(moved["before"], moved["after"])
            out["key_gain"] = length(moved["after"]) - length(moved["before"])
        return out

    def of_ball(self) -> dict[str, Array]:
        if not self.has_ball:
            return {}
        ball, at, T = self.ball, self.at, self.T
        here, step = ball[:, at], length(np.diff(ball, axis=1))
        to_key = length(ball - self.key)
        out = {"ball_x": here[:, 0], "ball_y": np.abs(here[:, 1]), "ball_seen": np.isfinite(ball[..., 0]).mean(1)}
        for name, t in self.whens():
            out[f"ball_dx@{name}"] = ball[:, t, 0] - here[:, 0]
            out[f"ball_out@{name}"] = ball[:, t, 1] - here[:, 1]
            out[f"ball_far@{name}"] = length(ball[:, t] - here)
        for share in STEPS:
            t = at + round(share * (at if share < 0 else T - 1 - at))
            if t > 0 and (share <= 0 or at < T - 1):
                out[f"ball_step@{share:+g}"] = step[:, t - 1]
        for name, t in [("0", at), *self.whens()]:
            out[f"ball_key@{name}"] = to_key[:, t]
        for name, a, b in self.spans():
            way = ball[:, b] - ball[:, a]
            out[f"ball_key_least@{name}"] = np.nanmin(to_key[:, a : b + 1], 1)
            x = ball[:, a : b + 1, 0] - here[:, :1]
            out[f"ball_front@{name}"], out[f"ball_back@{name}"] = np.nanmax(x, 1), np.nanmin(x, 1)
            out[f"ball_step_most@{name}"] = np.nanmax(step[:, a:b], 1)
            out[f"ball_straight@{name}"] = length(way) / np.maximum(step[:, a:b].sum(1), 1e-3)
        if 0 < at < T - 1:
            reach = max(T // 4, 1)
            before, after = here - ball[:, max(at - reach, 0)], ball[:, min(at + reach, T - 1)] - here
            out["ball_turn"] = angle(before, after)
        if T > 1:
            v = self.velocity(ball, T - 1)
            out["ball_end_vx"], out["ball_end_speed"] = v[:, 0], length(v)
        return out | self.of_holder(to_key) | self.of_path()

    def of_holder(self, to_key: Array) -> dict[str, Array]:
        """Who is nearest to the ball, and when that changes."""
        at, T = self.at, self.T
        out: dict[str, Array] = {}
        away = length(self.xy - self.ball[:, None])  # (B, P, T)
        seen = np.isfinite(away)
        mate, opp = (np.where(s[..., None] & seen, away, np.inf).min(1) for s in (self.mate, self.opp))  # (B, T)
        key = np.where(np.isfinite(to_key), to_key, np.inf)
        for name, t in [("0", at), *self.whens()]:
            out[f"near_mate@{name}"], out[f"near_other@{name}"] = finite(mate[:, t]), finite(opp[:, t])
            out[f"near_margin@{name}"] = finite(opp[:, t]) - finite(np.minimum(mate, key)[:, t])
        who = np.stack([key, mate, opp])  # (3, B, T)
        near = np.where(seen, away, np.inf).argmin(1)  # (B, T) place
        first = np.where(np.isfinite(who.min(0)), who.argmin(0), -1)  # 0 the key, 1 a mate, 2 an opponent
        for name, a, b in self.spans():
            for k, side in enumerate(("key", "mate", "other")):
                out[f"near_share@{name}_{side}"] = (first[:, a : b + 1] == k).mean(1)
            out[f"near_changes@{name}"] = (np.diff(near[:, a : b + 1], axis=1) != 0).sum(1)
        same = np.logical_and.accumulate((near == near[:, at : at + 1])[:, : at + 1][:, ::-1], 1)
        out["near_since"] = same.mean(1)
        out["control_last"] = np.select([first[:, -1] == k for k in range(3)], [2.0, 1, -1], np.nan)
        held = np.isfinite(who.min(0)) & (who.min(0) < CONTROL * self.m)
        keys = held & (first == 0)
        out["control_key@after"] = np.logical_and.accumulate(keys[:, at:], 1).mean(1)
        out["control_key@before"] = np.logical_and.accumulate(keys[:, : at + 1][:, ::-1], 1).mean(1)
        if at < T - 1:
            span = T - 1 - at
            long = max(round(T / 4), 1)  # samples in a row
            stays = np.ones_like(held[:, at:])
            for k in range(1, long):
                later = np.minimum(np.arange(at, T) + k, T - 1)
                stays &= (near[:, later] == near[:, at:]) & held[:, later]
            away_from_key = first[:, at:] > 0
            for stem, taken in (("near_change", away_from_key), ("control", away_from_key & held[:, at:] & stays)):
                taken = taken[:, 1:]
                when, ever = taken.argmax(1) + 1, taken.any(1)
                whose = np.where(first[self.n, at + when] == 1, 1.0, -1.0)
                out[stem] = np.where(ever, when / span, 2.0)
                out[f"{stem}_side"] = np.where(ever, whose, 0.0)
        return out

    def of_path(self) -> dict[str, Array]:
        """Who stands in the ball's way after the reference, and in the way it takes from its last sample on."""
        at, T = self.at, self.T
        out: dict[str, Array] = {}
        if T < 2:
            return out
        start = self.ball[:, at]
        way = self.ball[:, -1] - start if at < T - 1 else self.velocity(self.ball, at)
        to = self.now - start[:, None]
        cosine = (to * way[:, None]).sum(-1) / np.maximum(length(to) * length(way)[:, None], 1e-6)
        end, v = self.ball[:, -1], self.velocity(self.ball, T - 1)
        last = self.xy[:, :, -1] - end[:, None]
        unit = v / np.maximum(length(v), 1e-3)[:, None]
        along = (last * unit[:, None]).sum(-1)
        aside = np.abs(last[..., 0] * unit[:, None, 1] - last[..., 1] * unit[:, None, 0])
        aside = np.where(along > 0, aside, length(last))
        ahead = length(last - (v * (T / 2))[:, None])
        for name, who in (("mate", self.mate), ("other", self.opp)):
            best = np.where(who & np.isfinite(cosine), cosine, -np.inf)
            p = best.argmax(1)
            found = np.isfinite(best[self.n, p])
            out[f"path_cosine@{name}"] = np.where(found, cosine[self.n, p], np.nan)
            out[f"path_far@{name}"] = np.where(found, length(to)[self.n, p], np.nan)
            off = np.where(who & np.isfinite(aside), aside, np.inf)
            p = off.argmin(1)
            out[f"path_side@{name}"] = finite(off[self.n, p])
            out[f"path_along@{name}"] = np.where(np.isfinite(off[self.n, p]), along[self.n, p], np.nan)
            out[f"path_end@{name}"] = least(ahead, who)
        return out

    def of_neighbours(self) -> dict[str, Array]:
        out: dict[str, Array] = {}
        key, at, row = self.key, self.at, self.n[:, None]
        away = length(self.now - key[:, None, at])
        for side, who in (("mate", self.mate), ("other", self.opp)):
            ranked = np.where(who & np.isfinite(away), away, np.inf)
            order = np.argsort(ranked, axis=1, kind="stable")[:, :NEIGHBOURS]
            there = np.isfinite(ranked[row, order])
            xy = np.where(there[..., None, None], self.xy[row, order], np.nan)  # (B, k, T, 2)
            gap = xy - key[:, None]
            far = length(gap)
            v = self.velocity(xy, at)
            each: dict[str, Array] = {
                "_away": far[..., at], "_dx": gap[..., at, 0], "_dy": np.abs(gap[..., at, 1]),
                "_speed": length(v), "_vx": v[..., 0], "_goal": length(xy[..., at, :] - self.goal),
            }  # fmt: skip
            for name, t in self.whens(FEW):
                each[f"_change@{name}"] = far[..., t] - far[..., at]
            for name, a, b in self.spans():
                moved = (xy[..., b, :] - xy[..., a, :]) / (b - a)
                each[f"_closing@{name}"] = -(moved * gap[..., a, :]).sum(-1) / np.maximum(far[..., a], 1e-3)
            if self.has_ball:
                ball = length(xy - self.ball[:, None])
                for name, t in [("0", at), *self.whens((1.0,))]:
                    each[f"_ball@{name}"] = ball[..., t]
            k = order.shape[1]
            for stem, values in each.items():
                for i in range(NEIGHBOURS):
                    out[f"{side}{i + 1}{stem}"] = values[:, i] if i < k else np.full(len(self.n), np.nan)
        return out

    def of_teams(self) -> dict[str, Array]:
        key = self.key[:, self.at]
        away = length(self.now - key[:, None])
        out: dict[str, Array] = {}
        towards = (key[:, None] - self.now) / np.maximum(away, 1e-3)[..., None]
        moved = {name: (self.xy[:, :, b] - self.xy[:, :, a]) / (b - a) for name, a, b in self.spans()}
        for side, who in (("own", self.own), ("opp", self.opp)):
            x, y = (np.where(who, self.now[..., i], np.nan) for i in (0, 1))
            out[f"{side}_x"], out[f"{side}_y"] = np.nanmean(x, 1), np.nanmean(y, 1)
            out[f"{side}_wide"], out[f"{side}_long"] = np.nanstd(y, 1), np.nanstd(x, 1)
            for name, t in self.whens((0.5, 1.0)):
                out[f"{side}_dx@{name}"] = np.nanmean(np.where(who, self.xy[:, :, t, 0], np.nan) - x, 1)
            for name, v in moved.items():
                for q, forward in zip(QUANTILES, _quantiles(np.where(who, v[..., 0], np.nan)), strict=True):
                    out[f"{side}_moved@{name}_{q:g}"] = forward
                out[f"{side}_speed@{name}"] = np.nanmean(np.where(who, length(v), np.nan), 1)
                others = who & ~self.is_key
                out[f"{side}_towards@{name}"] = np.nanmean(np.where(others, (v * towards).sum(-1), np.nan), 1)
            out[f"{side}_ahead"] = (x > key[:, :1]).sum(1)
            out[f"{side}_last"] = np.nanmin(x, 1) if side == "own" else np.nanmax(x, 1)
            for r in RADII:
                out[f"{side}_near@{r:g}"] = (who & ~self.is_key & (away < r * self.m)).sum(1)
            out[f"{side}_seen"] = np.isfinite(x).sum(1)
        x = np.sort(np.where(self.opp & np.isfinite(self.now[..., 0]), self.now[..., 0], -np.inf), axis=1)
        out["offside"] = key[:, 0] - (finite(x[:, -2]) if x.shape[1] > 1 else np.nan)
        out["crowd_goal"] = (self.opp & (length(self.now - self.goal) < length(key - self.goal)[:, None])).sum(1)
        for name, t in self.whens((0.5, 1.0)):
            out[f"both_dx@{name}"] = np.nanmean(self.xy[:, :, t, 0] - self.now[..., 0], 1)
        for name, a, b in self.spans():
            meet = _meet(self.xy[:, :, b if name == "before" else a], moved[name]) - key
            out[f"focus_dx@{name}"], out[f"focus_away@{name}"] = meet[:, 0], length(meet)
        return out

    def of_end(self) -> dict[str, Array]:
        """What lies between the key, the ball and the end line's middle; how soon he is pressed."""
        key, at, T, m = self.key[:, self.at], self.at, self.T, self.m
        out: dict[str, Array] = {}
        own, opp = (who & np.isfinite(self.now[..., 0]) for who in (self.own, self.opp))
        posts = [self.goal + np.array([0, side * MOUTH * m], np.float32) - key for side in (-1, 1)]
        out["end_sight"] = angle(*posts)
        for stem, end in (("end", self.goal), ("own_end", -self.goal)):
            to, far, away = end - key, length(end - key), self.now - key[:, None]
            unit = to / np.maximum(far, 1e-3)[:, None]
            along = (away * unit[:, None]).sum(-1)
            aside = np.abs(away[..., 0] * unit[:, None, 1] - away[..., 1] * unit[:, None, 0])
            between = opp & (along > 0) & (along < far[:, None])
            wide = MOUTH * m * along / np.maximum(far, 1e-3)[:, None] + BODY  # the way widens to the mouth
            out[f"{stem}_blocked"] = (between & (aside < wide)).sum(1)
            lane = np.sort(np.where(between, aside, np.inf), axis=1)
            out[f"{stem}_lane"] = finite(lane[:, 0])
            out[f"{stem}_lane2"] = finite(lane[:, 1]) if lane.shape[1] > 1 else np.full(len(key), np.nan)
            for side, of in (("own", own), ("opp", opp)):
                gap = np.where(of, length(self.now - end), np.inf)
                out[f"{stem}_{side}_near"] = finite(gap.min(1))
                out[f"{stem}_{side}_in"] = (gap < RADII[-1] * m).sum(1)
                out[f"{stem}_{side}_nearer"] = (gap < far[:, None]).sum(1)
        gap = np.where(opp, length(self.now - self.goal), np.inf)
        last = np.where(np.isfinite(gap.min(1))[:, None], self.now[self.n, gap.argmin(1)], np.nan)
        way = self.goal - key
        out["keeper_side"] = _aside(last - key, way)
        out["keeper_away"] = length(last - key)
        if T > 1:
            v, key_v = self.velocity(self.xy, at), self.velocity(self.key, at)
            for ahead in AHEAD:
                gap = self.now + v * (ahead * T) - (key + key_v * (ahead * T))[:, None]
                out[f"press@{ahead:g}"] = least(length(gap), opp)
            reached = length(self.now - key[:, None]) - length(v) * T
            out["press_reach"] = least(reached, opp)
            out["key_to_end"] = (key_v * way).sum(-1) / np.maximum(length(way), 1e-3)
            if self.has_ball:
                out |= self.of_touch(key, key_v)
        return out

    def of_touch(self, key: Array, key_v: Array) -> dict[str, Array]:
        """How the ball moves at the reference: past the key, and at the end lines."""
        out: dict[str, Array] = {}
        ball, v = self.ball[:, self.at], self.velocity(self.ball, self.at)
        gap, dv = ball - key, v - key_v
        fast = np.maximum((dv**2).sum(-1), 1e-6)
        when = -(gap * dv).sum(-1) / fast
        out["touch_when"] = np.clip(when / self.T, -5, 5)
        out["touch_least"] = np.abs(gap[:, 0] * dv[:, 1] - gap[:, 1] * dv[:, 0]) / np.sqrt(fast)
        out["touch_closing"] = -(gap * dv).sum(-1) / np.maximum(length(gap), 1e-3)
        out["touch_speed"], out["touch_vx"] = length(v), v[:, 0]
        out["touch_relative"] = length(dv)
        for stem, end in (("end", self.goal), ("own_end", -self.goal)):
            way = end - ball
            out[f"{stem}_ball"] = length(way)
            out[f"{stem}_ball_speed"] = (v * way).sum(-1) / np.maximum(length(way), 1e-3)
            out[f"{stem}_ball_angle"] = angle(v, way)
        across = ball[:, 1] + v[:, 1] * (self.m - ball[:, 0]) / np.where(v[:, 0] > 1e-3, v[:, 0], np.nan)
        out["end_ball_aim"] = np.clip(np.abs(across), 0, 10 * self.m)
        foe = self.now - ball[:, None]
        unit = v / np.maximum(length(v), 1e-3)[:, None]
        ahead = (foe * unit[:, None]).sum(-1)
        off = np.abs(foe[..., 0] * unit[:, None, 1] - foe[..., 1] * unit[:, None, 0])
        opp, mate = self.opp & np.isfinite(self.now[..., 0]), self.mate & np.isfinite(self.now[..., 0])
        for side, who in (("mate", mate), ("other", opp)):
            out[f"touch_from@{side}"] = least(off, who & (ahead < 0))
            out[f"touch_to@{side}"] = least(off, who & (ahead > 0))
        return out

    def of_lanes(self) -> dict[str, Array]:
        """The free lines from the key to his mates."""
        key = self.key[:, self.at]
        to = self.now - key[:, None]
        here = np.isfinite(to[..., 0])

        def gathered(who: Bool) -> Array:
            """The way to each of them, (B, most of them, 2), NaN where a window has fewer."""
            order = np.argsort(~who, axis=1, kind="stable")[:, : max(int(who.sum(1).max(initial=0)), 1)]
            row = self.n[:, None]
            return np.where(who[row, order][..., None], to[row, order], np.nan)

        mates, foes = gathered(self.mate & here), gathered(self.opp & here)
        far = length(mates)
        unit = mates / np.maximum(far, 1e-3)[..., None]
        along = np.einsum("bqd,bpd->bpq", foes, unit)
        aside = np.abs(foes[:, None, :, 0] * unit[:, :, None, 1] - foes[:, None, :, 1] * unit[:, :, None, 0])
        out: dict[str, Array] = {}
        mate, ahead = np.isfinite(far), mates[..., 0] > 0
        for pace in LANE_PACES:
            reach = pace / np.sqrt(1 - pace**2)
            where = np.clip(along + reach * aside, 0, far[..., None])
            margin = np.nanmin(np.hypot(aside, along - where) - pace * where, axis=2)
            for name, who in (("any", mate), ("ahead", mate & ahead), ("back", mate & ~ahead),
                              ("far", mate & (far > RADII[-1] * self.m))):  # fmt: skip
                out[f"lanes_best@{pace:g}_{name}"] = -least(-margin, who)
                out[f"lanes_free@{pace:g}_{name}"] = (who & (margin > 0)).sum(1)
            gain = np.where(mate & (margin > 0), mates[..., 0], -np.inf).max(1)
            out[f"lanes_gain@{pace:g}"] = finite(gain)
        return out

    def of_start(self) -> dict[str, Array]:
        """How far everybody has moved since the first sample, by who was near the ball then; who has it."""
        at = self.at
        out: dict[str, Array] = {}
        if at == 0:
            return out
        first = self.ball[:, 0] if self.has_ball else self.key[:, 0]
        away = length(self.xy[:, :, 0] - first[:, None])
        whens = [(name, t) for name, t in [("0", at), *self.whens()] if t > 0]
        few = [(name, t) for name, t in [("0", at), *self.whens((0.5, 1.0))] if t > 0]
        for name, t in whens:
            out[f"start_key_dx@{name}"] = self.key[:, t, 0] - first[:, 0]
            out[f"start_key_dy@{name}"] = np.abs(self.key[:, t, 1] - first[:, 1])
            if self.has_ball:
                out[f"start_ball_dx@{name}"] = self.ball[:, t, 0] - first[:, 0]
                out[f"start_ball_dy@{name}"] = np.abs(self.ball[:, t, 1] - first[:, 1])
        row = self.n[:, None]
        for side, who in (("mate", self.mate), ("other", self.opp)):
            ranked = np.where(who & np.isfinite(away), away, np.inf)
            ranked = np.pad(ranked, ((0, 0), (0, 1)), constant_values=np.inf)  # a place where nobody is
            order = np.argsort(ranked, axis=1, kind="stable")
            order = np.pad(order, ((0, 0), (0, GROUPS[-1][1])), mode="edge")
            for group, a, b in GROUPS:
                these = order[:, a:b]
                there = np.isfinite(ranked[row, these])
                these = np.where(there, these, 0)
                then = np.where(there[..., None], self.xy[row, these, 0], np.nan)
                for name, t in few:
                    xy = self.xy[row, these, t]
                    moved = xy - then
                    dx = moved[..., 0]
                    out[f"start_{side}_dx@{name}_{group}"] = np.nanmean(dx, 1)
                    out[f"start_{side}_dy@{name}_{group}"] = np.abs(np.nanmean(moved[..., 1], 1))
                    out[f"start_{side}_far@{name}_{group}"] = np.nanmean(length(moved), 1)
                    out[f"start_{side}_least@{name}_{group}"] = np.nanmin(dx, 1)
                    out[f"start_{side}_most@{name}_{group}"] = np.nanmax(dx, 1)
                    x = np.where(np.isfinite(dx), xy[..., 0] - first[:, None, 0], np.nan)
                    out[f"start_{side}_x@{name}_{group}"] = np.nanmean(x, 1)
        if self.has_ball:
            gap = length(self.xy - self.ball[:, None])  # (B, P, T)
            for name, t in few:
                near = np.where(self.own & np.isfinite(gap[..., t]), gap[..., t], np.inf)
                p = near.argmin(1)
                seen = np.isfinite(near[self.n, p])
                v = np.where(seen[:, None], self.velocity(self.xy, t)[self.n, p], np.nan)
                out[f"holder_vx@{name}"], out[f"holder_speed@{name}"] = v[:, 0], length(v)
                out[f"holder_key@{name}"] = np.where(seen, length(self.xy[self.n, p, t] - self.key[:, t]), np.nan)
                x = np.where(seen, self.xy[self.n, p, t, 0], np.nan)
                out[f"holder_dx@{name}"] = x - first[:, 0]
                out[f"holder_last@{name}"] = (self.own & (self.xy[:, :, t, 0] < x[:, None])).sum(1)
        return out


def _aside(to: Array, way: Array) -> Array:
    """Distance of a point from a line through the origin, (B, 2), (B, 2) -> (B,)."""
    return np.abs(to[:, 0] * way[:, 1] - to[:, 1] * way[:, 0]) / np.maximum(length(way), 1e-3)


def _meet(at: Array, v: Array) -> Array:
    """The point nearest to all players' lines of movement, by least squares weighted by speed, (B, P, 2) -> (B, 2)."""
    speed2 = (v**2).sum(-1)
    good = np.isfinite(speed2) & np.isfinite(at).all(-1) & (speed2 > 0)
    v, at = np.where(good[..., None], v, 0).astype(np.float64), np.where(good[..., None], at, 0).astype(np.float64)
    across = np.stack([-v[..., 1], v[..., 0]], -1)  # normal times speed
    A = np.einsum("bpi,bpj->bij", across, across)
    r = np.einsum("bpi,bpj,bpj->bi", across, across, at)
    det = A[:, 0, 0] * A[:, 1, 1] - A[:, 0, 1] ** 2
    sure = det > 1e-9
    det = np.where(sure, det, 1.0)
    x = (A[:, 1, 1] * r[:, 0] - A[:, 0, 1] * r[:, 1]) / det
    y = (A[:, 0, 0] * r[:, 1] - A[:, 0, 1] * r[:, 0]) / det
    return np.where(sure[:, None], np.clip(np.stack([x, y], -1), -1e3, 1e3), np.nan)


def _quantiles(x: Array) -> list[Array]:
    """The values nearest to each of QUANTILES of a row's numbers, NaN where there are none, (B, P) -> (B,) each."""
    row, last = np.sort(x, axis=1), np.maximum(np.isfinite(x).sum(1) - 1, 0)
    return [row[np.arange(len(x)), np.rint(q * last).astype(np.int64)] for q in QUANTILES]
