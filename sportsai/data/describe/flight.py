"""What is said of a ball whose height is known: its flight to the basket, and who had it in his hands, and when.

`@k` is k samples before the window's last. The basket is where basketball's rules hang it. A ball that nobody touches
falls as everything does: two samples of it say where it came from and where it will be when it is as high as the ring.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sportsai.data.describe.scene import Array, Bool, Float32, Scene, described, finite, length
from sportsai.data.windows import Windows

RING_M, RING_IN_M = 3.05, 1.6  # the ring's height, and how far its middle is inside the end line
STEP_S = 0.52  # between two samples
FALL = 9.81
LATEST = 12  # samples told one by one, the last ones
HANDS_M, HANDS_HIGH_M = 1.0, 2.3  # a ball so near to a man, and no higher, is in his hands
HIGH_M = 2.75  # one so high is in nobody's
MOST_OFF_M = 3.0  # a ball that would miss the ring by more is no shot
RELEASE_M = 2.3  # how high a shot leaves the hands


def describe_flight(windows: Windows, ball_z: Float32) -> tuple[Float32, list[str]]:
    """Return what is said of each window's ball, (n, F) float32, and F names. ball_z (n, T, 1): metres."""
    each = _each(windows, ball_z, lambda f: f.of_ball())
    names = list(each[0])
    return np.concatenate([np.column_stack(list(e.values())) for e in each]).astype(np.float32), names


def describe_holders(windows: Windows, ball_z: Float32) -> tuple[Float32, list[str]]:
    """Return what is said of each place's part in it, (n, P, F) float32, and F names. ball_z (n, T, 1): metres."""
    each = _each(windows, ball_z, lambda f: f.of_places())
    names = list(each[0])
    return np.concatenate([np.stack(list(e.values()), -1).astype(np.float32) for e in each]), names


def held(windows: Windows, ball_z: Float32) -> Bool:
    """Return who of the key's team has the ball in his hands at each sample, (n, P, T); nobody while it flies."""
    each = _each(windows, ball_z, lambda f: {"held": f.held})
    return np.concatenate([e["held"] for e in each])


def _each(windows: Windows, ball_z: Float32, say: Callable[[Flight], dict[str, Array]]) -> list[dict[str, Array]]:
    done = 0

    def chunk(w: Windows) -> dict[str, Array]:
        nonlocal done
        z = ball_z[done : done + len(w), :, 0]
        done += len(w)
        return say(Flight(w, z))

    return list(described(windows, chunk))


class Flight(Scene):
    """One chunk of windows, with how high the ball is, (B, T) metres."""

    def __init__(self, windows: Windows, z: Float32) -> None:
        super().__init__(windows)
        self.z = np.where(windows.ball_present, z, np.nan).astype(np.float32)
        self.to_ring = self.ball - np.array([self.m - RING_IN_M, 0], np.float32)  # (B, T, 2)
        self.ring = length(self.to_ring)
        self.away = length(self.xy - self.ball[:, None])  # (B, P, T)
        seen = np.isfinite(self.away)
        self.mine = np.where(self.own[..., None] & seen, self.away, np.inf)
        self.theirs = np.where(self.opp[..., None] & seen, self.away, np.inf)
        self.near, self.near_opp = self.mine.min(1), self.theirs.min(1)  # (B, T)
        first = np.arange(self.xy.shape[1])[None, :, None] == self.mine.argmin(1)[:, None]
        self.held = first & ((self.near < HANDS_M) & (self.z < HANDS_HIGH_M))[:, None]  # (B, P, T)
        step = np.diff(self.ball, axis=1, prepend=np.nan)
        self.v = step / STEP_S  # (B, T, 2) since the sample before
        self.rise = np.diff(self.z, axis=1, prepend=np.nan) / STEP_S  # mean over the step
        self.up = self.rise - FALL * STEP_S / 2  # at its end, if it flew
        self.last = min(LATEST, self.T)

    def ago(self, of: Array, k: int) -> Array:
        """The sample k before the last, (B, T, ...) -> (B, ...)."""
        return of[:, self.T - 1 - k]

    def _aim(self) -> tuple[Array, Array, Array]:
        """If the ball flew in the step before each sample: where it falls through the ring's height, seen from the
        ring, (B, T, 2); how long until then, (B, T); and when before it was as high as hands are, (B, T)."""
        root = self.up**2 + 2 * FALL * (self.z - RING_M)
        when = (self.up + np.sqrt(np.where(root >= 0, root, np.nan))) / FALL
        back = self.up**2 + 2 * FALL * (self.z - RELEASE_M)
        since = (np.sqrt(np.where(back >= 0, back, np.nan)) - self.up) / FALL
        return self.to_ring + self.v * when[..., None], when, since

    def of_ball(self) -> dict[str, Array]:
        out: dict[str, Array] = {}
        aim, when, _ = self._aim()
        toward = self.v / np.maximum(length(self.v), 1e-3)[..., None]
        speed, space = length(self.v), np.hypot(self.ring, self.z - RING_M)
        for k in range(self.last):
            each = {
                "z": self.z, "ring": self.ring, "ring_x": self.to_ring[..., 0], "ring_y": np.abs(self.to_ring[..., 1]),
                "rise": self.rise, "speed": speed, "near": finite(self.near), "near_opp": finite(self.near_opp),
                "space": space, "margin": finite(self.near_opp) - finite(self.near),
                "bend": np.diff(self.rise, axis=1, prepend=np.nan),
            }  # fmt: skip
            if k < 6:
                each |= {
                    "aim": length(aim), "aim_long": (aim * toward).sum(-1),
                    "aim_wide": np.abs(aim[..., 0] * toward[..., 1] - aim[..., 1] * toward[..., 0]), "aim_when": when,
                }  # fmt: skip
            out |= {f"{name}@{k}": self.ago(value, k) for name, value in each.items()}
        out |= self._over()
        return out | self._shot(aim, when)

    def _over(self) -> dict[str, Array]:
        """The whole window: highest, nearest to the ring, how long there, who held it and since when not."""
        T, n = self.T, self.n
        z, ring = np.where(np.isfinite(self.z), self.z, -1), np.where(np.isfinite(self.ring), self.ring, 99)
        space = np.hypot(ring, z - RING_M)
        top, close = z.argmax(1), space.argmin(1)
        has = self.held.any(1)  # (B, T)
        since = np.where(has.any(1), has[:, ::-1].argmax(1), T)
        at = T - 1 - np.minimum(since, T - 1)
        who = self.held[n, :, at].argmax(1)
        foe = np.where(self.opp, length(self.xy[n, :, at] - self.xy[n, who, at][:, None]), np.inf)
        out = {
            "z_most": z[n, top], "z_most_ago": T - 1.0 - top, "ring_least": ring.min(1), "space_least": space.min(1),
            "space_least_ago": T - 1.0 - close, "ring_at_top": ring[n, top], "z_at_close": z[n, close],
            "high": (z > HIGH_M).sum(1), "over": (z > RING_M).sum(1), "at_ring": ((ring < 1) & (z > 2)).sum(1),
            "under_ring": ((ring < 1) & (z < RING_M)).sum(1), "held_ago": since, "held_share": has.mean(1),
            "held_ring": ring[n, at], "held_z": z[n, at], "held_open": finite(foe.min(1)),
            "held_x": self.to_ring[n, at, 0], "held_changes": (np.diff(self.held.argmax(1), axis=1) != 0).sum(1),
            "flown": length(self.ball[:, -1] - self.ball[n, at]), "theirs": (self.near_opp < self.near).sum(1),
            "theirs_end": np.logical_and.accumulate((self.near_opp < self.near)[:, ::-1], 1).sum(1),
            "behind": (self.to_ring[..., 0] > RING_IN_M).sum(1),
        }  # fmt: skip
        for k in (1, 2, 3, 4):  # samples after the nearest to the ring
            t = close + k
            there = t < T
            t = np.minimum(t, T - 1)
            out[f"after_z@{k}"] = np.where(there, z[n, t], np.nan)
            out[f"after_ring@{k}"] = np.where(there, ring[n, t], np.nan)
            out[f"after_near@{k}"] = np.where(there, finite(self.near)[n, t], np.nan)
            out[f"after_opp@{k}"] = np.where(there, finite(self.near_opp)[n, t], np.nan)
        return {k: np.asarray(v, np.float32) for k, v in out.items()}

    def _shot(self, aim: Array, when: Array) -> dict[str, Array]:
        """The last shot: the last step in which the ball flew freely towards the ring, and what it did once there."""
        T, n, B = self.T, self.n, len(self.n)
        off = length(aim)
        flies = (self.z > HIGH_M) & (when > 0) & (off < MOST_OFF_M)
        flies[:, 1:] &= self.ring[:, 1:] < self.ring[:, :-1] + 0.5
        at, due, steps = np.full(B, -1), np.full(B, -np.inf), np.zeros(B)
        for t in range(1, T):
            before = t <= due + 0.1  # a ball that has come to the ring and rises again is no new shot
            new = flies[:, t] & (before | (t > due + 3))
            steps = np.where(new, np.where(before, steps + 1, 1), steps)
            at, due = np.where(new, t, at), np.where(new, t + when[:, t] / STEP_S, due)
        ever = at >= 0
        t = np.maximum(at, 1)
        way = self.v[n, t] / np.maximum(length(self.v[n, t]), 1e-3)[:, None]
        out = {"shot_steps": steps, "shot_ago": T - 1.0 - t, "shot_when": when[n, t], "shot_up": self.up[n, t]}
        out |= {"shot_z": self.z[n, t], "shot_ring": self.ring[n, t], "shot_speed": length(self.v[n, t])}
        for name, spot in (("aim", aim[n, t]), ("aim3", self._fitted(t))):
            out[f"shot_{name}"], out[f"shot_{name}_long"] = length(spot), (spot * way).sum(-1)
            out[f"shot_{name}_wide"] = np.abs(spot[:, 0] * way[:, 1] - spot[:, 1] * way[:, 0])
            out[f"shot_{name}_x"] = spot[:, 0]
        out["shot_aim3"] = np.where(steps > 1, out["shot_aim3"], np.nan)
        out["shot_left"] = T - 1 - due  # samples from its coming to the ring to the window's last
        u = np.where(ever, np.ceil(np.where(ever, due, 0) + 0.1), 0).astype(int)
        out["shot_arrived"] = u - due
        for k in range(3):
            r = np.minimum(u + k, T - 1)
            there = u + k < T
            for name, value in (("z", self.z), ("ring", self.ring), ("ring_x", self.to_ring[..., 0]),
                                ("near", finite(self.near)), ("near_opp", finite(self.near_opp))):  # fmt: skip
                out[f"shot_{name}_then@{k}"] = np.where(there, value[n, r], np.nan)
        fallen = RING_M - FALL / 2 * ((u - due) * STEP_S) ** 2  # of a ball that only falls from there
        out["shot_above_fall"] = out["shot_z_then@0"] - fallen
        return {k: np.where(ever, v, np.nan).astype(np.float32) for k, v in out.items()}

    def _fitted(self, t: Array) -> Array:
        """Where the ball would fall through the ring's height by the line through three samples up to t, (B, 2)."""
        n, a, b = self.n, np.maximum(t - 2, 0), np.maximum(t - 1, 0)
        g = FALL * STEP_S**2
        z = np.stack([self.z[n, a] + g / 2 * 4, self.z[n, b] + g / 2, self.z[n, t]], 1)  # a free fall made straight
        up, now = (z[:, 2] - z[:, 0]) / 2, z.mean(1) + (z[:, 2] - z[:, 0]) / 2
        xy = np.stack([self.to_ring[n, a], self.to_ring[n, b], self.to_ring[n, t]], 1)
        v, here = (xy[:, 2] - xy[:, 0]) / 2, xy.mean(1) + (xy[:, 2] - xy[:, 0]) / 2
        root = up**2 + 2 * g * (now - RING_M)
        when = (up + np.sqrt(np.where(root >= 0, root, np.nan))) / g
        return here + v * when[:, None]

    def of_places(self) -> dict[str, Array]:
        B, P, T = len(self.n), self.xy.shape[1], self.T
        out: dict[str, Array] = {}
        every = np.ones((B, P), np.float32)
        second = np.sort(np.concatenate([self.mine, np.full((B, 2, T), np.inf)], 1), axis=1)
        first = self.mine <= second[:, :1]
        margin = self.mine - np.where(first, second[:, 1:2], second[:, :1])  # below 0: he is the nearest
        rank = np.where(self.own[..., None], self.mine, np.inf).argsort(1, kind="stable").argsort(1)
        for k in range(self.last):
            t = T - 1 - k
            out[f"away@{k}"], out[f"margin@{k}"] = self.away[..., t], finite(margin[..., t])
            if k < 8:
                out[f"rank@{k}"] = rank[..., t].astype(np.float32)
                for name, value in (("z", self.z), ("near_opp", finite(self.near_opp)), ("ring", self.ring)):
                    out[f"{name}@{k}"] = value[:, t][:, None] * every
        since = np.where(self.held.any(2), self.held[..., ::-1].argmax(2), T).astype(np.float32)
        nearest = first & (self.mine < 3 * HANDS_M)
        out["held_ago"], out["held"] = since, self.held.mean(2)
        out["held_later"] = since - since.min(1)[:, None]
        others = np.where(np.eye(P, dtype=bool)[None], np.inf, since[:, None])
        out["held_before"] = since - others.min(2)  # below 0: he was the last
        out["near_ago"] = np.where(nearest.any(2), nearest[..., ::-1].argmax(2), T)
        # held without a break, up to when he held it last
        last = (T - 1 - np.minimum(since, T - 1)).astype(int)
        run = np.zeros((B, P, T))
        for t in range(T):
            run[..., t] = (run[..., t - 1] + 1 if t else 1) * self.held[..., t]
        out["held_long"] = np.take_along_axis(run, last[..., None], 2)[..., 0]
        out["least"] = np.nanmin(self.away[..., -6:], 2)
        out["least_ago"] = self.away[..., ::-1][..., : self.last].argmin(2)
        out |= self._released(every)
        ring = length(self.xy - np.array([self.m - RING_IN_M, 0], np.float32))
        out["him_ring"], out["him_ring@4"] = ring[..., -1], ring[..., max(T - 5, 0)]
        v = self.velocity(self.xy, T - 1)
        out["him_vx"], out["him_speed"] = v[..., 0], length(v)
        has = self.held.any(1)
        out["none_ago"] = np.where(has.any(1), has[:, ::-1].argmax(1), T)[:, None] * every
        out["z_most"] = np.nanmax(self.z[:, -8:], 1)[:, None] * every
        out["z_most_ago"] = (self.z[:, -8:][:, ::-1].argmax(1))[:, None] * every
        return {k: np.asarray(v, np.float32) for k, v in out.items()}

    def _released(self, every: Array) -> dict[str, Array]:
        """How far each was from where a flying ball left somebody's hands, by the last steps it flew."""
        T, n = self.T, self.n
        _, _, since = self._aim()
        flies = (self.z > HIGH_M) & np.isfinite(since)
        fresh = flies & ~np.concatenate([np.zeros((len(n), 1), bool), flies[:, :-1]], 1)  # its first step
        ever = fresh.any(1)
        t = T - 1 - fresh[:, ::-1].argmax(1)
        out: dict[str, Array] = {"flew_ago": np.where(ever, T - 1 - t, np.nan)[:, None] * every}
        for name, u in (("first", t), ("next", np.minimum(t + 1, T - 1))):
            ago = np.where(ever, since[n, u], np.nan)
            spot = self.ball[n, u] - self.v[n, u] * ago[:, None]
            back = np.clip(np.nan_to_num(u - ago / STEP_S), 0, T - 1)
            low = np.floor(back).astype(int)
            part = (back - low)[:, None, None]
            high = np.minimum(low + 1, T - 1)
            him = self.xy[n, :, low] * (1 - part) + self.xy[n, :, high] * part
            away = length(him - spot[:, None])
            out[f"release_{name}"] = away
            mine = np.where(self.own, away, np.nan)
            out[f"release_{name}_over"] = away - np.nanmin(mine, 1)[:, None]
        before = np.maximum(t - 1, 0)
        out["release_before"] = np.where(ever[:, None], self.away[n, :, before], np.nan)
        return out
