"""What can be said of a window in numbers, each with a name: who stands where, moves where, and who has the ball.

Every sport, any number of players and samples, with or without a ball; NaN where something was not seen. The key's team
attacks +x. Sideways never means left or right: |y|, or y counted towards the key's own touchline, so a window and its
mirror image are described by the same numbers. A name is `stem@when`: samples of the window by their share of the way
from the reference (0) to its first (-1) or last (+1) sample, so names do not depend on how many samples there are,
as long as there are eight each way.
Lengths are metres, speeds metres a sample. `MEANINGS` says what each stem is, `PLACE_MEANINGS` those of a candidate.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.data.windows import OTHER, OWN, Windows

Bool = NDArray[np.bool_]
Float32 = NDArray[np.float32]
Int = NDArray[np.int64]
Array = NDArray[Any]

SHARES = (0.125, 0.25, 0.5, 0.75, 1.0)  # samples looked at, each way from the reference
FEW = (0.25, 0.5, 1.0)  # fewer of them, for what is said of every neighbour
STEPS = tuple(k / 8 for k in range(-7, 9))  # ends of the ball's steps that are looked at
NEIGHBOURS = 4  # of each team
RADII = (0.04, 0.08, 0.16, 0.3)  # of half the court's longer side: 2, 4, 8, 16 m in soccer
CONTROL = 0.04  # nearer to the ball than this is control
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
MOUTH = 0.07  # half the goal at the end line, of half the court's longer side
GROUPS = (("near", 0, 5), ("next", 5, 11))  # of those who were near the ball in the first sample
BODY = 1.0  # metres beside a line from which a player still stops what goes along it
AHEAD = (0.5, 1.0, 2.0)  # windows ahead at the pace of the reference
LANE_PACES = (0.2, 0.4)  # an opponent's speed over the ball's
CHUNK = 2048  # windows described at once

MEANINGS = {
    "key_x": "the key player's place along the court",
    "key_y": "his distance from the court's long axis",
    "key_goal": "his distance to the middle of the end line he attacks",
    "key_goal_angle": "angle between the long axis and his line to that end, radians",
    "key_own_goal": "his distance to the middle of his own end line",
    "key_dx": "how far forward of his place at the reference he was then",
    "key_out": "how much nearer to his touchline than at the reference he was then",
    "key_speed": "his speed then",
    "key_vx": "his forward speed then",
    "key_turn": "angle between his moves before and after the reference",
    "key_gain": "his speed after less before the reference",
    "key_seen": "share of the samples he was seen in",
    "ball_x": "the ball's place along the court",
    "ball_y": "its distance from the court's long axis",
    "ball_dx": "how far forward of its place at the reference it was then",
    "ball_out": "how much further towards the key's touchline than at the reference it was then",
    "ball_far": "its distance from its place at the reference then",
    "ball_step": "how far it went in the sample that ended then",
    "ball_key": "its distance to the key player then",
    "ball_key_least": "the least of that over the samples before and after",
    "ball_step_most": "its longest step before and after",
    "ball_front": "how far forward of its place at the reference it gets before and after",
    "ball_back": "how far back of it",
    "ball_turn": "angle between its ways before and after",
    "ball_straight": "its way as the crow flies over the way it went, before and after",
    "ball_end_vx": "its forward speed at the end",
    "ball_end_speed": "its speed at the end",
    "ball_seen": "share of the samples it was seen in",
    "near_mate": "distance from the ball to the nearest team-mate of the key then",
    "near_other": "distance from the ball to the nearest opponent then",
    "near_margin": "nearest opponent's less the key team's nearest distance to the ball then: who has it",
    "near_change": "share of the way to the end after which somebody else is nearest to the ball (2: never)",
    "near_change_side": "whose he is: 1 the key's, -1 the other team's",
    "near_share": "share of the samples before and after in which the key, a mate, an opponent is nearest to the ball",
    "near_changes": "how often another player becomes the nearest to the ball before and after",
    "near_since": "share of the samples up to the reference in which he who is nearest there has been so unbroken",
    "control": "share of the way to the end after which somebody else controls the ball (2: never)",
    "control_side": "whose he is: 1 the key's, -1 the other team's, 0 never",
    "control_last": "who is nearest to the ball at the last sample: 2 the key, 1 a mate, -1 an opponent",
    "control_key": "samples in a row up to the end, and since the start, that the key controls the ball, as a share",
    "path_cosine": "best agreement of the ball's way after the reference with the way to a mate, an opponent",
    "path_far": "that player's distance to the ball at the reference",
    "path_side": "smallest distance from a mate, an opponent to the line the ball takes from its last sample on",
    "path_along": "how far along that line he is",
    "path_end": "distance of the nearest mate, opponent to where the ball would be half a window later",
    "mate": "the k-th nearest team-mate at the reference:",
    "other": "the k-th nearest opponent at the reference:",
    "_away": "his distance to the key",
    "_dx": "how far ahead of the key he is",
    "_dy": "how far to the side of the key he is",
    "_change": "how much further from the key he was then",
    "_speed": "his speed about the reference",
    "_vx": "his forward speed about the reference",
    "_closing": "how fast he comes towards the key, before and after",
    "_ball": "his distance to the ball then",
    "_goal": "his distance to the middle of the end line attacked",
    "own_x": "mean place along the court of the key's team",
    "own_y": "mean place across the court of the key's team, towards the key's touchline",
    "own_dx": "how far the key's team moved forward since, until then",
    "own_wide": "spread of the key's team across the court",
    "own_long": "spread of the key's team along the court",
    "own_speed": "mean speed of the key's team before and after",
    "own_moved": "forward speed of the key's team before and after: of the slowest, of the fastest, and between",
    "own_towards": "mean speed towards the key of his team before and after",
    "own_ahead": "how many of the key's team are ahead of him",
    "own_last": "the deepest of the key's team",
    "own_near": "how many of the key's team are within a radius of him",
    "own_seen": "how many of the key's team are seen",
    "opp_x": "mean place along the court of the opponents",
    "opp_y": "mean place across the court of the opponents, towards the key's touchline",
    "opp_dx": "how far the opponents moved forward since, until then",
    "opp_wide": "spread of the opponents across the court",
    "opp_long": "spread of the opponents along the court",
    "opp_speed": "mean speed of the opponents before and after",
    "opp_moved": "forward speed of the opponents before and after: of the slowest, of the fastest, and between",
    "opp_towards": "mean speed towards the key of the opponents before and after",
    "opp_ahead": "how many opponents are ahead of the key",
    "opp_last": "the opponent nearest to the end line attacked",
    "opp_near": "how many opponents are within a radius of the key",
    "opp_seen": "how many opponents are seen",
    "offside": "how far the key is beyond the last but one opponent",
    "crowd_goal": "how many opponents are nearer to the end line's middle than the key",
    "focus_dx": "how far ahead of the key the lines along which all players move meet, before and after",
    "focus_away": "how far from the key they meet",
    "both_dx": "how far all players moved forward since, until then",
    "end_sight": "angle under which the key sees the middle of the end line attacked, a goal's width",
    "end_blocked": "how many opponents stand between the key and that",
    "own_end_blocked": "how many opponents stand between the key and the middle of his own end line",
    "end_lane": "least distance of an opponent between them to the line from the key to the end line's middle",
    "end_lane2": "second least",
    "own_end_lane": "the same towards his own end line",
    "own_end_lane2": "second least",
    "end_own_near": "least distance of the key's team to the middle of the end line attacked",
    "end_opp_near": "least distance of the opponents to it",
    "end_own_in": "how many of the key's team are within a radius of it",
    "end_opp_in": "how many opponents are",
    "end_own_nearer": "how many of the key's team are nearer to it than he",
    "end_opp_nearer": "how many opponents are",
    "own_end_own_near": "least distance of the key's team to the middle of their own end line",
    "own_end_opp_near": "least distance of the opponents to it",
    "own_end_own_in": "how many of the key's team are within a radius of it",
    "own_end_opp_in": "how many opponents are",
    "own_end_own_nearer": "how many of the key's team are nearer to it than he",
    "own_end_opp_nearer": "how many opponents are",
    "keeper_side": "distance of the opponent nearest to that end line's middle to the key's line to it",
    "keeper_away": "his distance to the key",
    "press": "distance of the nearest opponent so many windows later, all moving on as at the reference",
    "press_reach": "the same a window later if an opponent came straight at his present speed and the key stood",
    "key_to_end": "the key's speed towards the middle of the end line attacked",
    "touch_when": "windows until the ball is nearest to the key, both moving on (below 0: since)",
    "touch_least": "how near it comes, or came",
    "touch_closing": "how fast the ball comes towards the key",
    "touch_speed": "the ball's speed at the reference",
    "touch_vx": "its forward speed",
    "touch_relative": "its speed as the moving key sees it",
    "touch_from": "least distance of a mate, an opponent to the line the ball came along",
    "touch_to": "least distance of a mate, an opponent to the line the ball goes along",
    "end_ball": "the ball's distance to the middle of the end line attacked",
    "end_ball_speed": "its speed towards that",
    "end_ball_angle": "angle between its movement and the way there",
    "end_ball_aim": "how far from the middle it would cross that end line (at most five courts)",
    "own_end_ball": "the ball's distance to the middle of the key's own end line",
    "own_end_ball_speed": "its speed towards that",
    "own_end_ball_angle": "angle between its movement and the way there",
    "lanes_best": "most lead of a ball, for a pace, over all opponents on a line to a mate: any, ahead, back, far",
    "lanes_free": "how many mates it would reach",
    "lanes_gain": "how far forward the furthest of those is",
    "start_key_dx": "how far ahead of where the ball was in the first sample the key was then (no ball: he himself)",
    "start_key_dy": "how far to the side of that",
    "start_ball_dx": "how far the ball had moved forward since the first sample then",
    "start_ball_dy": "how far to the side",
    "start_mate_dx": "how far the mates nearest to the ball in the first sample (near; next) had moved forward then",
    "start_mate_dy": "how far to a side, together",
    "start_mate_far": "how far in any direction",
    "start_mate_least": "the least any of them had moved forward",
    "start_mate_most": "the most",
    "start_mate_x": "how far ahead of where the ball was in the first sample they were",
    "start_other_dx": "how far the opponents nearest to it in the first sample had moved forward then",
    "start_other_dy": "how far to a side, together",
    "start_other_far": "how far in any direction",
    "start_other_least": "the least any of them had moved forward",
    "start_other_most": "the most",
    "start_other_x": "how far ahead of where the ball was in the first sample they were",
    "holder_vx": "forward speed then of the one of the key's team who is nearest to the ball",
    "holder_speed": "his speed",
    "holder_key": "his distance to the key (0: he is the key)",
    "holder_dx": "how far ahead of where the ball was in the first sample he was",
    "holder_last": "how many of his team were further back",
}


def describe(windows: Windows) -> tuple[Float32, list[str]]:
    """Return the features of each window and their names, (n, F) float32 and F names."""
    parts = [_Said(windows.take(np.arange(i, min(i + CHUNK, len(windows)))))
             for i in range(0, max(len(windows), 1), CHUNK)]  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of nothing seen: NaN is what is meant
        said = [p.all() for p in parts]
    names = list(said[0])
    return np.concatenate([np.column_stack(list(s.values())) for s in said]).astype(np.float32), names


class _Said:
    """One chunk of windows in metres, sideways towards the key's touchline."""

    def __init__(self, windows: Windows) -> None:
        w, m = windows, np.float32(windows.scale_m)
        n = np.arange(len(w))
        self.n, self.m, self.T, self.at = n, m, w.T, w.reference
        self.xy = np.where(w.present[..., None], w.xy, np.nan).astype(np.float32) * m
        self.ball = np.where(w.ball_present[..., None], w.ball, np.nan).astype(np.float32) * m
        key = self.xy[n, w.key]
        side = np.where(key[:, self.at, 1] < 0, -1, 1).astype(np.float32)[:, None]
        self.xy[..., 1] *= side[:, :, None]
        self.ball[..., 1] *= side
        self.key = self.xy[n, w.key]  # (B, T, 2)
        self.is_key = np.arange(w.P)[None] == w.key[:, None]
        self.own, self.mate, self.opp = w.relation == OWN, (w.relation == OWN) & ~self.is_key, w.relation == OTHER
        self.has_ball = bool(w.ball_present.any())
        self.now = self.xy[:, :, self.at]  # (B, P, 2)
        self.goal = np.array([m, 0], np.float32)

    def whens(self, shares: tuple[float, ...] = SHARES) -> Iterator[tuple[str, int]]:
        """Yield (name, sample) of the samples looked at, the reference left out; each sample once."""
        done = {self.at}
        for sign, span in ((-1, self.at), (1, self.T - 1 - self.at)):
            for share in shares:
                t = self.at + sign * round(share * span)
                if t not in done:
                    done.add(t)
                    yield f"{sign * share:+g}", t

    def spans(self) -> Iterator[tuple[str, int, int]]:
        """Yield (name, first, last sample) of the part before and the part after, where there is one."""
        if self.at > 0:
            yield "before", 0, self.at
        if self.at < self.T - 1:
            yield "after", self.at, self.T - 1

    def velocity(self, of: Array, t: int) -> Array:
        """Metres a sample about sample t, from samples a sixteenth of the window either side. (..., T, 2)."""
        half = max(self.T // 16, 1)
        a, b = max(t - half, 0), min(t + half, self.T - 1)
        if a == b:
            return np.full((*of.shape[:-2], 2), np.nan, np.float32)
        return (of[..., b, :] - of[..., a, :]) / (b - a)

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
            "key_x": here[:, 0], "key_y": here[:, 1], "key_goal": _far(here - self.goal),
            "key_goal_angle": np.abs(np.arctan2(here[:, 1], self.m - here[:, 0])),
            "key_own_goal": _far(here + self.goal), "key_seen": np.isfinite(key[..., 0]).mean(1),
        }  # fmt: skip
        for name, t in self.whens():
            out[f"key_dx@{name}"] = key[:, t, 0] - here[:, 0]
            out[f"key_out@{name}"] = key[:, t, 1] - here[:, 1]
        for name, t in [("0", at), *self.whens()]:
            v = self.velocity(key, t)
            out[f"key_speed@{name}"], out[f"key_vx@{name}"] = _far(v), v[:, 0]
        moved = {name: (key[:, b] - key[:, a]) / (b - a) for name, a, b in self.spans()}
        if len(moved) == 2:
            out["key_turn"] = _angle(moved["before"], moved["after"])
            out["key_gain"] = _far(moved["after"]) - _far(moved["before"])
        return out

    def of_ball(self) -> dict[str, Array]:
        if not self.has_ball:
            return {}
        ball, at, T = self.ball, self.at, self.T
        here, step = ball[:, at], _far(np.diff(ball, axis=1))
        to_key = _far(ball - self.key)
        out = {"ball_x": here[:, 0], "ball_y": np.abs(here[:, 1]), "ball_seen": np.isfinite(ball[..., 0]).mean(1)}
        for name, t in self.whens():
            out[f"ball_dx@{name}"] = ball[:, t, 0] - here[:, 0]
            out[f"ball_out@{name}"] = ball[:, t, 1] - here[:, 1]
            out[f"ball_far@{name}"] = _far(ball[:, t] - here)
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
            out[f"ball_straight@{name}"] = _far(way) / np.maximum(step[:, a:b].sum(1), 1e-3)
        if 0 < at < T - 1:
            reach = max(T // 4, 1)
            before, after = here - ball[:, max(at - reach, 0)], ball[:, min(at + reach, T - 1)] - here
            out["ball_turn"] = _angle(before, after)
        if T > 1:
            v = self.velocity(ball, T - 1)
            out["ball_end_vx"], out["ball_end_speed"] = v[:, 0], _far(v)
        return out | self.of_holder(to_key) | self.of_path()

    def of_holder(self, to_key: Array) -> dict[str, Array]:
        """Who is nearest to the ball, and when that changes."""
        at, T = self.at, self.T
        out: dict[str, Array] = {}
        away = _far(self.xy - self.ball[:, None])  # (B, P, T)
        seen = np.isfinite(away)
        mate, opp = (np.where(s[..., None] & seen, away, np.inf).min(1) for s in (self.mate, self.opp))  # (B, T)
        key = np.where(np.isfinite(to_key), to_key, np.inf)
        for name, t in [("0", at), *self.whens()]:
            out[f"near_mate@{name}"], out[f"near_other@{name}"] = _finite(mate[:, t]), _finite(opp[:, t])
            out[f"near_margin@{name}"] = _finite(opp[:, t]) - _finite(np.minimum(mate, key)[:, t])
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
        cosine = (to * way[:, None]).sum(-1) / np.maximum(_far(to) * _far(way)[:, None], 1e-6)
        end, v = self.ball[:, -1], self.velocity(self.ball, T - 1)
        last = self.xy[:, :, -1] - end[:, None]
        unit = v / np.maximum(_far(v), 1e-3)[:, None]
        along = (last * unit[:, None]).sum(-1)
        aside = np.abs(last[..., 0] * unit[:, None, 1] - last[..., 1] * unit[:, None, 0])
        aside = np.where(along > 0, aside, _far(last))
        ahead = _far(last - (v * (T / 2))[:, None])
        for name, who in (("mate", self.mate), ("other", self.opp)):
            best = np.where(who & np.isfinite(cosine), cosine, -np.inf)
            p = best.argmax(1)
            found = np.isfinite(best[self.n, p])
            out[f"path_cosine@{name}"] = np.where(found, cosine[self.n, p], np.nan)
            out[f"path_far@{name}"] = np.where(found, _far(to)[self.n, p], np.nan)
            least = np.where(who & np.isfinite(aside), aside, np.inf)
            p = least.argmin(1)
            out[f"path_side@{name}"] = _finite(least[self.n, p])
            out[f"path_along@{name}"] = np.where(np.isfinite(least[self.n, p]), along[self.n, p], np.nan)
            out[f"path_end@{name}"] = _least(ahead, who)
        return out

    def of_neighbours(self) -> dict[str, Array]:
        out: dict[str, Array] = {}
        key, at, row = self.key, self.at, self.n[:, None]
        away = _far(self.now - key[:, None, at])
        for side, who in (("mate", self.mate), ("other", self.opp)):
            ranked = np.where(who & np.isfinite(away), away, np.inf)
            order = np.argsort(ranked, axis=1, kind="stable")[:, :NEIGHBOURS]
            there = np.isfinite(ranked[row, order])
            xy = np.where(there[..., None, None], self.xy[row, order], np.nan)  # (B, k, T, 2)
            gap = xy - key[:, None]
            far = _far(gap)
            v = self.velocity(xy, at)
            each: dict[str, Array] = {
                "_away": far[..., at], "_dx": gap[..., at, 0], "_dy": np.abs(gap[..., at, 1]),
                "_speed": _far(v), "_vx": v[..., 0], "_goal": _far(xy[..., at, :] - self.goal),
            }  # fmt: skip
            for name, t in self.whens(FEW):
                each[f"_change@{name}"] = far[..., t] - far[..., at]
            for name, a, b in self.spans():
                moved = (xy[..., b, :] - xy[..., a, :]) / (b - a)
                each[f"_closing@{name}"] = -(moved * gap[..., a, :]).sum(-1) / np.maximum(far[..., a], 1e-3)
            if self.has_ball:
                ball = _far(xy - self.ball[:, None])
                for name, t in [("0", at), *self.whens((1.0,))]:
                    each[f"_ball@{name}"] = ball[..., t]
            k = order.shape[1]
            for stem, values in each.items():
                for i in range(NEIGHBOURS):
                    out[f"{side}{i + 1}{stem}"] = values[:, i] if i < k else np.full(len(self.n), np.nan)
        return out

    def of_teams(self) -> dict[str, Array]:
        key = self.key[:, self.at]
        away = _far(self.now - key[:, None])
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
                out[f"{side}_speed@{name}"] = np.nanmean(np.where(who, _far(v), np.nan), 1)
                others = who & ~self.is_key
                out[f"{side}_towards@{name}"] = np.nanmean(np.where(others, (v * towards).sum(-1), np.nan), 1)
            out[f"{side}_ahead"] = (x > key[:, :1]).sum(1)
            out[f"{side}_last"] = np.nanmin(x, 1) if side == "own" else np.nanmax(x, 1)
            for r in RADII:
                out[f"{side}_near@{r:g}"] = (who & ~self.is_key & (away < r * self.m)).sum(1)
            out[f"{side}_seen"] = np.isfinite(x).sum(1)
        x = np.sort(np.where(self.opp & np.isfinite(self.now[..., 0]), self.now[..., 0], -np.inf), axis=1)
        out["offside"] = key[:, 0] - (_finite(x[:, -2]) if x.shape[1] > 1 else np.nan)
        out["crowd_goal"] = (self.opp & (_far(self.now - self.goal) < _far(key - self.goal)[:, None])).sum(1)
        for name, t in self.whens((0.5, 1.0)):
            out[f"both_dx@{name}"] = np.nanmean(self.xy[:, :, t, 0] - self.now[..., 0], 1)
        for name, a, b in self.spans():
            meet = _meet(self.xy[:, :, b if name == "before" else a], moved[name]) - key
            out[f"focus_dx@{name}"], out[f"focus_away@{name}"] = meet[:, 0], _far(meet)
        return out

    def of_end(self) -> dict[str, Array]:
        """What lies between the key, the ball and the end line's middle; how soon he is pressed."""
        key, at, T, m = self.key[:, self.at], self.at, self.T, self.m
        out: dict[str, Array] = {}
        own, opp = (who & np.isfinite(self.now[..., 0]) for who in (self.own, self.opp))
        posts = [self.goal + np.array([0, side * MOUTH * m], np.float32) - key for side in (-1, 1)]
        out["end_sight"] = _angle(*posts)
        for stem, end in (("end", self.goal), ("own_end", -self.goal)):
            to, far, away = end - key, _far(end - key), self.now - key[:, None]
            unit = to / np.maximum(far, 1e-3)[:, None]
            along = (away * unit[:, None]).sum(-1)
            aside = np.abs(away[..., 0] * unit[:, None, 1] - away[..., 1] * unit[:, None, 0])
            between = opp & (along > 0) & (along < far[:, None])
            wide = MOUTH * m * along / np.maximum(far, 1e-3)[:, None] + BODY  # the way widens to the mouth
            out[f"{stem}_blocked"] = (between & (aside < wide)).sum(1)
            lane = np.sort(np.where(between, aside, np.inf), axis=1)
            out[f"{stem}_lane"] = _finite(lane[:, 0])
            out[f"{stem}_lane2"] = _finite(lane[:, 1]) if lane.shape[1] > 1 else np.full(len(key), np.nan)
            for side, of in (("own", own), ("opp", opp)):
                gap = np.where(of, _far(self.now - end), np.inf)
                out[f"{stem}_{side}_near"] = _finite(gap.min(1))
                out[f"{stem}_{side}_in"] = (gap < RADII[-1] * m).sum(1)
                out[f"{stem}_{side}_nearer"] = (gap < far[:, None]).sum(1)
        gap = np.where(opp, _far(self.now - self.goal), np.inf)
        last = np.where(np.isfinite(gap.min(1))[:, None], self.now[self.n, gap.argmin(1)], np.nan)
        way = self.goal - key
        out["keeper_side"] = _aside(last - key, way)
        out["keeper_away"] = _far(last - key)
        if T > 1:
            v, key_v = self.velocity(self.xy, at), self.velocity(self.key, at)
            for ahead in AHEAD:
                gap = self.now + v * (ahead * T) - (key + key_v * (ahead * T))[:, None]
                out[f"press@{ahead:g}"] = _least(_far(gap), opp)
            reached = _far(self.now - key[:, None]) - _far(v) * T
            out["press_reach"] = _least(reached, opp)
            out["key_to_end"] = (key_v * way).sum(-1) / np.maximum(_far(way), 1e-3)
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
        out["touch_closing"] = -(gap * dv).sum(-1) / np.maximum(_far(gap), 1e-3)
        out["touch_speed"], out["touch_vx"] = _far(v), v[:, 0]
        out["touch_relative"] = _far(dv)
        for stem, end in (("end", self.goal), ("own_end", -self.goal)):
            way = end - ball
            out[f"{stem}_ball"] = _far(way)
            out[f"{stem}_ball_speed"] = (v * way).sum(-1) / np.maximum(_far(way), 1e-3)
            out[f"{stem}_ball_angle"] = _angle(v, way)
        across = ball[:, 1] + v[:, 1] * (self.m - ball[:, 0]) / np.where(v[:, 0] > 1e-3, v[:, 0], np.nan)
        out["end_ball_aim"] = np.clip(np.abs(across), 0, 10 * self.m)
        foe = self.now - ball[:, None]
        unit = v / np.maximum(_far(v), 1e-3)[:, None]
        ahead = (foe * unit[:, None]).sum(-1)
        off = np.abs(foe[..., 0] * unit[:, None, 1] - foe[..., 1] * unit[:, None, 0])
        opp, mate = self.opp & np.isfinite(self.now[..., 0]), self.mate & np.isfinite(self.now[..., 0])
        for side, who in (("mate", mate), ("other", opp)):
            out[f"touch_from@{side}"] = _least(off, who & (ahead < 0))
            out[f"touch_to@{side}"] = _least(off, who & (ahead > 0))
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
        far = _far(mates)
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
                out[f"lanes_best@{pace:g}_{name}"] = -_least(-margin, who)
                out[f"lanes_free@{pace:g}_{name}"] = (who & (margin > 0)).sum(1)
            gain = np.where(mate & (margin > 0), mates[..., 0], -np.inf).max(1)
            out[f"lanes_gain@{pace:g}"] = _finite(gain)
        return out

    def of_start(self) -> dict[str, Array]:
        """How far everybody has moved since the first sample, by who was near the ball then; who has it."""
        at = self.at
        out: dict[str, Array] = {}
        if at == 0:
            return out
        first = self.ball[:, 0] if self.has_ball else self.key[:, 0]
        away = _far(self.xy[:, :, 0] - first[:, None])
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
                    out[f"start_{side}_far@{name}_{group}"] = np.nanmean(_far(moved), 1)
                    out[f"start_{side}_least@{name}_{group}"] = np.nanmin(dx, 1)
                    out[f"start_{side}_most@{name}_{group}"] = np.nanmax(dx, 1)
                    x = np.where(np.isfinite(dx), xy[..., 0] - first[:, None, 0], np.nan)
                    out[f"start_{side}_x@{name}_{group}"] = np.nanmean(x, 1)
        if self.has_ball:
            gap = _far(self.xy - self.ball[:, None])  # (B, P, T)
            for name, t in few:
                near = np.where(self.own & np.isfinite(gap[..., t]), gap[..., t], np.inf)
                p = near.argmin(1)
                seen = np.isfinite(near[self.n, p])
                v = np.where(seen[:, None], self.velocity(self.xy, t)[self.n, p], np.nan)
                out[f"holder_vx@{name}"], out[f"holder_speed@{name}"] = v[:, 0], _far(v)
                out[f"holder_key@{name}"] = np.where(seen, _far(self.xy[self.n, p, t] - self.key[:, t]), np.nan)
                x = np.where(seen, self.xy[self.n, p, t, 0], np.nan)
                out[f"holder_dx@{name}"] = x - first[:, 0]
                out[f"holder_last@{name}"] = (self.own & (self.xy[:, :, t, 0] < x[:, None])).sum(1)
        return out


def _aside(to: Array, way: Array) -> Array:
    """Distance of a point from a line through the origin, (B, 2), (B, 2) -> (B,)."""
    return np.abs(to[:, 0] * way[:, 1] - to[:, 1] * way[:, 0]) / np.maximum(_far(way), 1e-3)


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


def _far(xy: Array) -> Array:
    return np.hypot(xy[..., 0], xy[..., 1])


def _angle(a: Array, b: Array) -> Array:
    """Angle between two moves, 0 to pi, (..., 2) -> (...)."""
    cross = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return np.abs(np.arctan2(cross, (a * b).sum(-1)))


def _quantiles(x: Array) -> list[Array]:
    """The values nearest to each of QUANTILES of a row's numbers, NaN where there are none, (B, P) -> (B,) each."""
    row, last = np.sort(x, axis=1), np.maximum(np.isfinite(x).sum(1) - 1, 0)
    return [row[np.arange(len(x)), np.rint(q * last).astype(np.int64)] for q in QUANTILES]


def _finite(x: Array) -> Array:
    return np.where(np.isfinite(x), x, np.nan)


def _least(away: Array, who: Bool) -> Array:
    """Smallest distance among `who`, NaN where none is seen, (B, P) -> (B,)."""
    return _finite(np.where(who & np.isfinite(away), away, np.inf).min(1))


PLACE_MEANINGS = {
    "side": "1 a team-mate of the key, -1 an opponent",
    "far": "his distance to the key",
    "far_rank": "how many of his team are nearer to the key",
    "dx": "how far ahead of the key he is",
    "dy": "how far to the side of the key he is",
    "out": "how much nearer to the key's touchline than the key he is",
    "forward": "cosine of the way to him with straight ahead",
    "x": "his place along the court",
    "y": "his distance from the long axis",
    "goal": "his distance to the middle of the end line attacked",
    "goal_gain": "how much nearer to it than the key he is",
    "goal_rank": "how many of his team are nearer to it",
    "x_rank": "how many of his team are deeper",
    "x_team": "how far ahead of his team's mean he is",
    "y_team": "how far to the side of his team's mean he is",
    "y_other": "how far to the side of the key's opponents' mean he is",
    "past_last": "how far beyond the last but one opponent he is",
    "past": "how many opponents stand between the key and him along the court",
    "ahead": "how many opponents are ahead of him",
    "open": "distance of the opponent nearest to him",
    "open2": "distance of the second",
    "open3": "mean distance of the nearest three",
    "open_rank": "how many of his team are more open",
    "open_goal": "distance of the nearest opponent who stands between him and the end line",
    "open_key": "distance of the nearest opponent on the key's side of him",
    "crowd": "how many opponents are within a radius of him",
    "mate": "distance of the mate nearest to him, the key left out",
    "mates": "how many mates are within a radius of him",
    "lane": "least distance of an opponent to the straight line between the key and him",
    "lane_at": "where on that line, as a share of it",
    "lane_rank": "how many of his team have a freer line",
    "lane_margin": "least distance to a ball on that line, less what an opponent runs meanwhile, for a pace",
    "lane_margin_rank": "how many of his team have more of it",
    "lane_angle": "least angle between the line and the way to an opponent nearer than he",
    "lane_cone": "how many opponents nearer than he are within an angle of the line",
    "shadow": "least angle between the line and the way to a mate nearer than he",
    "shadow_far": "distance of the nearest mate within 0.3 radians of the line, as a share of his",
    "next_angle": "least angle between the line and the way to any other mate",
    "nearer": "how many mates are nearer to the key within 0.5 radians of the line",
    "key_x": "the key's place along the court",
    "key_y": "the key's distance from the long axis",
    "key_open": "distance of the opponent nearest to the key",
    "key_open2": "distance of the second",
    "key_pressed": "cosine of the way to the opponent nearest to the key with the way to him",
    "key_rank": "how many of the key's team are deeper than the key",
    "best_open": "how much less open he is than the most open of his team",
    "best_far": "how much further than the nearest of his team he is, as a ratio",
    "best_lane": "how much less free his line is than the freest",
    "against": "how far some of these are from the mean of his team's, in its spreads",
    "above": "how far some of these are above the least of his team's",
    "less": "his distance to the key less that of the k-th nearest of his team",
    "alone": "how much nearer he is than the nearest opponent to a point part of the way from the key to him",
    "lane2": "second least distance of an opponent to the line between the key and him",
    "shadowed": "least angle between the line and the way to a mate further away",
    "pressed_side": "cosine of the way to him with the way to the key's nearest opponent, fading with his distance",
    "key_presser": "how far ahead of the key his nearest opponent is",
    "deepest": "whether he, and whether the key, is the deepest of the team",
    "speed": "his speed about the reference",
    "vx": "his forward speed",
    "closing": "how fast he comes towards the key",
    "fleeing": "how fast the opponent nearest to him falls behind",
    "key_way": "cosine of the key's own movement with the way to him",
    "ball_way": "cosine of the ball's movement at the reference with the way to him",
}
CONES = (0.1, 0.2, 0.35)  # radians either side of the line
PARTS = (0.25, 0.5, 0.75)  # of the way from the key
AGAINST = ("far", "dx", "forward", "open", "lane", "lane_margin@0.3", "lane_angle", "shadow", "shadowed", "goal_gain",
           "mate", "out", "past", "crowd@0.16", "pressed_side", "alone@0.75")  # fmt: skip
PACES = (0.15, 0.3, 0.5)  # an opponent's speed over the ball's


def describe_places(windows: Windows) -> tuple[Float32, list[str]]:
    """Return the features of each place as seen from the key at the reference, (n, P, F) float32, and F names.

    Whoever is not seen there is NaN throughout.
    """
    parts = [windows.take(np.arange(i, min(i + CHUNK, len(windows)))) for i in range(0, max(len(windows), 1), CHUNK)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        said = [_places(_Said(p)) for p in parts]
    names = list(said[0])
    return np.concatenate([np.stack(list(s.values()), -1).astype(np.float32) for s in said]), names


def _places(s: _Said) -> dict[str, Array]:
    xy, key, m = s.now, s.key[:, s.at], s.m  # (B, P, 2), (B, 2)
    seen = np.isfinite(xy[..., 0])
    own, mate, opp = s.own & seen, s.mate & seen, s.opp & seen
    team = (opp[:, :, None] & opp[:, None]) | (mate[:, :, None] & mate[:, None])  # q is of p's team, (B, p, q)
    to = xy - key[:, None]
    far = _far(to)
    unit = to / np.maximum(far, 1e-3)[..., None]
    between = _far(xy[:, :, None] - xy[:, None])  # (B, p, q)
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
    goal, key_goal = _far(xy - s.goal), _far(key - s.goal)
    x, y = xy[..., 0], xy[..., 1]

    def rank(value: Array, most: bool = False) -> Array:
        """How many of p's team have less (most: more) of it."""
        other, mine = value[:, None], value[:, :, None]
        return (team & ~same & ((other > mine) if most else (other < mine))).sum(2).astype(np.float32)

    def least(value: Array, who: Array) -> Array:
        return _finite(np.where(who & np.isfinite(value), value, np.inf).min(2))

    def mean(value: Array, who: Array) -> Array:
        return np.nanmean(np.where(who, value, np.nan), 1)[:, None]

    def best(value: Array, most: bool) -> Array:
        fill = -np.inf if most else np.inf
        all_ = np.where(team & np.isfinite(value)[:, None], value[:, None], fill)
        return _finite(all_.max(2) if most else all_.min(2))

    every = np.ones_like(x)
    last = np.sort(np.where(opp, x, -np.inf), axis=1)
    last = _finite(last[:, -2] if last.shape[1] > 1 else last[:, -1])[:, None]
    open1, lane1 = _finite(foes[..., 0]), _finite(lane.min(2))
    out: dict[str, Array] = {
        "side": np.where(s.opp, -1.0, 1.0), "far": far, "far_rank": rank(far), "dx": to[..., 0],
        "dy": np.abs(to[..., 1]),
        "out": to[..., 1], "forward": unit[..., 0], "x": x, "y": np.abs(y), "goal": goal,
        "goal_gain": key_goal[:, None] - goal, "goal_rank": rank(goal), "x_rank": rank(x), "x_team": x - mean(x, own),
        "y_team": np.abs(y - mean(y, own)), "y_other": np.abs(y - mean(y, opp)), "past_last": x - last,
        "past": (opp[:, None] & (x[:, None] > key[:, None, :1]) & (x[:, None] < x[:, :, None])).sum(2)
        - (opp[:, None] & (x[:, None] < key[:, None, :1]) & (x[:, None] > x[:, :, None])).sum(2),
        "ahead": (opp[:, None] & (x[:, None] > x[:, :, None])).sum(2),
        "open": open1, "open2": _finite(foes[..., 1]), "open3": _finite(foes[..., :3].mean(2)),
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
        margin = _finite(np.where(opp[:, None] & ~same, margin, np.inf).min(2))
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
        "key_x": key[:, :1] * every, "key_y": np.abs(key[:, 1:]) * every, "key_open": _finite(two[:, :1]) * every,
        "key_open2": _finite(two[:, 1:2]) * every, "key_pressed": (unit * presser[:, None]).sum(-1),
        "key_rank": (mate & (x < key[:, :1])).sum(1)[:, None] * every,
        "best_open": open1 - best(open1, True), "best_far": far / np.maximum(best(far, False), 1e-3),
        "best_lane": lane1 - best(lane1, True),
    }  # fmt: skip
    out["shadowed"] = least(angle, mates & (far[:, None] > far[:, :, None]))
    out["lane2"] = _finite(np.sort(np.concatenate([lane, np.full((*lane.shape[:2], 1), np.inf)], 2), axis=2)[..., 1])
    out["pressed_side"] = out["key_pressed"] * np.exp(-two[:, :1] / (RADII[1] * m))
    out["key_presser"] = np.where(np.isfinite(two[:, :1]), presser[:, :1] * two[:, :1], np.nan) * every
    out["deepest@him"] = (own & (x == np.where(own, x, np.inf).min(1)[:, None])).astype(np.float32)
    out["deepest@key"] = (key[:, 0] <= np.where(own, x, np.inf).min(1))[:, None] * every
    for part in PARTS:
        way = key[:, None] + part * to
        foe = np.where(opp[:, None], _far(xy[:, None] - way[:, :, None]), np.inf).min(2)
        out[f"alone@{part:g}"] = _finite(foe) - (1 - part) * far
    ranked = np.sort(np.where(team, far[:, None], np.inf), axis=2)
    for k in range(min(4, ranked.shape[2])):
        out[f"less@{k + 1}"] = far - _finite(ranked[..., k])
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
            "speed": _far(v), "vx": v[..., 0], "closing": -((v - key_v[:, None]) * unit).sum(-1), "fleeing": gained,
            "key_way": (key_v[:, None] * unit).sum(-1) / np.maximum(_far(key_v), 1e-3)[:, None],
        }  # fmt: skip
        if s.has_ball:
            ball = s.velocity(s.ball, s.at)
            out["ball_way"] = (ball[:, None] * unit).sum(-1) / np.maximum(_far(ball), 1e-3)[:, None]
    return {k: np.where(seen, v, np.nan) for k, v in out.items()}
