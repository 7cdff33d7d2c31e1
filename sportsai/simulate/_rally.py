"""One rally, contact by contact: who goes for the ball, whether he gets there, where he plays it, what others do.

Rule book: three contacts a side and a block that counts as none (FIVB Rules 9.1, 14.4.1), no second contact in a row
(9.1.2), the ball over the net between the antennas (10.1), lines are in (8.3), hits from behind the attack line by the
back row (13.2.2), no block by back row or libero (14.6.2, 19.3.1.3). Made up: every number of skill, choice and
time. Nothing is scripted to succeed: a ball nobody reaches in time falls.
"""

from __future__ import annotations

import numpy as np

from sportsai.simulate._flight import BALL_M, RATE_HZ, throw
from sportsai.simulate._formation import (
    BASE,
    LIBERO,
    MIDDLE,
    OPPOSITE,
    OUTSIDE,
    SETTER,
    defending,
)
from sportsai.simulate._scene import HALF, SIDE, Float, Scene
from sportsai.simulate._story import Point, Story

REACH_M = 1.25  # from where a player stands, stretched out, to the ball's middle; never more
EASY_M = 0.8  # without going to the floor
SET_SPOT = (-0.9, -0.7)


class Rally(Scene):
    """A rally between team 0, drawn on the left, and team 1; `play` tells its Story, `people.path` where they were."""

    def serve(self) -> None:
        rng, people, team = self.rng, self.people, self.server
        who = self.hits
        wait = int(rng.integers(26, 45))
        y = people.xy[who, 1]
        hold = self.own(team, np.array([people.xy[who, 0] + 0.35, y, 1.25]))
        toss = 27 if self.jumps else 17
        height = rng.uniform(2.95, 3.2) if self.jumps else rng.uniform(2.35, 2.65)
        stand = (-9.45, y)
        ball = self.own(team, np.array([-9.2, y, height]))
        self.flight = throw(wait, hold, ball, toss)
        self.story.flights.append(self.flight)
        people.send(who, stand, wait, wait + toss)
        now = wait + toss
        if self.jumps:
            self.leap(who, now, 0.6)
            self.story.marks.append((now - 5, now + 8, who, "jumping"))
        self.story.on_guard += [(0, now, 0), (0, now, 1)]
        people.until(now)
        style = self.styles[team]
        draw = rng.random()
        if draw < style.serve_risk * 0.4:
            self.into_net(who, "serve", "jump" if self.jumps else "float")
            return
        end = np.array([rng.uniform(4.5, 8.8), rng.uniform(-4.2, 4.2), BALL_M])
        if draw < style.serve_risk:
            end = self.astray(end)
        speed = rng.uniform(16, 21) if self.jumps else rng.uniform(12, 16)
        away = float(np.hypot(end[0] + 9.2, end[1] - y))
        self.hit(who, "serve", "jump" if self.jumps else "float", self.own(team, end), round(away / speed * RATE_HZ),
                 self.clear())  # fmt: skip
        self.settle(team, now + (8 if self.jumps else 3), now + 45)
        other = 1 - team
        setter = self.setter(other)
        people.send(setter, SET_SPOT, now + 6, self.meet + 15)
        middle = self.in_zone(other, 3)
        people.send(middle, (-2.4, float(people.xy[middle, 1] * 0.5)), now + 8, self.meet + 5, 3.5)

    def play(self) -> Story:
        """Play it out."""
        self.serve()
        team, coming = 1 - self.server, "serve"
        while not self.over:
            got = self.first(team, coming)
            if got is None:
                break
            team, coming = got
        self.after()
        return self.story

    def first(self, team: int, coming: str) -> tuple[int, str] | None:
        """Play a team's first contact and on; return whose ball it is then and what came, None when it is over."""
        rng, people, story = self.rng, self.people, self.story
        now, last = people.now, story.contacts[-1].who
        spot = self.own(team, self.flight.at(self.flight.lands()))
        away = not (-HALF - BALL_M <= spot[0] <= 0.0 and abs(spot[1]) <= SIDE + BALL_M)
        at_net = self.crossing()
        if at_net is not None and abs(at_net[1][1]) > SIDE:  # outside the antenna
            spot = np.array([1.0, 0.0, 0.0])
        missed_by = max(-HALF - spot[0], abs(spot[1]) - SIDE)
        if spot[0] > 0 or (away and (missed_by > 1.2 or rng.random() < 0.8)):
            people.until(int(np.ceil(self.flight.lands())))  # judged out, or back on the other side: left alone
            self.falls(last)
            return None
        hard = coming in ("spike", "tip", "block")
        height = float(rng.uniform(0.4, 0.75) if hard else rng.uniform(0.65, 0.95))
        frame, ball = self.lowest(height)
        at = self.own(team, ball)[:2]
        ready = self.styles[team].ready_s
        but: tuple[int, ...] = (self.setter(team),) if coming == "serve" else ()
        if coming == "serve":
            but += (self.in_zone(team, 3),)
        if last // 6 == team and story.contacts[-1].type != "block":
            but += (last,)
        if coming in ("block", "tip"):  # who is in the air does not dig
            but += tuple(leap[2] for leap in story.leaps if leap[2] // 6 == team and leap[1] > min(frame, now + 8))
        who = self.nearest(team, at, frame, ready, but)
        misread = 0.4 if coming == "serve" and story.contacts[-1].how == "jump" else 0.25
        stand = at + np.array([-0.25, 0.0]) + rng.normal(0, misread, 2)
        wait = ready + rng.exponential(0.2 if coming == "serve" else 0.05)  # a serve may do what he did not expect
        people.send(who, stand, now + round(wait * RATE_HZ), max(frame - 2, now + 1))
        setter = self.setter(team)
        if coming in ("overpass", "free") and who != setter:
            people.send(setter, SET_SPOT, now + 8, frame + 10)
        people.until(frame)
        gap = self.gap(who)
        if gap < REACH_M + 1.2:
            story.marks.append((max(frame - 9, now + 2), frame + 5, who, "digging"))
        if gap > REACH_M:
            if gap < REACH_M + 1.2:
                self.tumble(who, frame)
            people.until(int(np.ceil(self.flight.lands())))
            self.falls(last, {"serve": "ace", "block": "block"}.get(coming, "kill"))
            return None
        stretched = gap > EASY_M
        if stretched:
            self.tumble(who, frame)
        style = self.styles[team]
        off = style.pass_m * (1.0 if not hard else 1.5) * (1.8 if stretched else 1.0)
        goal = np.array(SET_SPOT) + np.array([-0.5, 0.0]) + rng.normal(0, off, 2)
        draw = rng.random()
        how = {"serve": "reception", "free": "free ball", "overpass": "free ball"}.get(coming, "dig")
        if draw < (0.05 if not stretched else 0.12):  # over the net at once
            end = np.array([rng.uniform(2.5, 7.5), rng.uniform(-3.5, 3.5), BALL_M])
            self.hit(who, "pass", how, self.own(team, end), round(rng.uniform(1.1, 1.6) * RATE_HZ), self.clear(0.3))
            self.settle(team, frame + 5, self.meet)
            self.guard(1 - team, frame, self.meet)
            return 1 - team, "overpass"
        if draw < (0.09 if not stretched else 0.3):  # anywhere
            goal = np.array([rng.uniform(-10.5, -2), rng.choice([-1, 1]) * rng.uniform(4.0, 7.5)])
        goal[0] = np.clip(goal[0], -11.0, -0.45)
        end = np.array([goal[0], goal[1], 2.15])
        self.hit(who, "pass", how, self.own(team, end), round(rng.uniform(1.15, 1.6) * RATE_HZ))
        self.prepare(team, who)
        self.settle(1 - team, frame + 4, self.meet)
        story.on_guard.append((frame, self.meet, 1 - team))
        return self.second(team, who)

    def guard(self, team: int, frame: int, end: int) -> None:
        """Let a team wait for the ball, ready."""
        self.story.on_guard.append((frame, end, team))

    def prepare(self, team: int, passer: int) -> None:
        """Send a team whose ball is passed to where it attacks from."""
        rng, people, now, meet = self.rng, self.people, self.people.now, self.meet
        at = self.own(team, self.flight.at(meet))[:2]
        late = passer_late = now + 6
        for i, z in self.zone[team].items():
            who = team * 6 + i
            at_frame = passer_late if who == passer else late
            if who == self.setter(team):
                if who != passer:
                    people.send(who, at + np.array([-0.2, 0.0]), now + 2, meet - 3)
                continue
            role, front = self.role(who), self.front(who)
            if role == OUTSIDE and front:
                where: Point = (-3.9, 4.3)
            elif role == MIDDLE and front:
                where = (-3.0, float(np.clip(at[1] + 0.9, -2, 2)))
            elif role == OPPOSITE and front:
                where = (-3.7, -4.0)
            elif role == OPPOSITE:
                where = (-5.8, -3.2)
            elif role == OUTSIDE:
                where = (-6.0, 0.3)
            elif role == LIBERO:
                where = (-4.6, 1.4)
            else:
                where = BASE[z]
            if who == passer and any(m[2] == who and m[3] == "falling" and m[1] > now for m in self.story.marks):
                at_frame = max(m[1] for m in self.story.marks if m[2] == who and m[3] == "falling")
            jitter = rng.normal(0, 0.25, 2)
            people.send(who, np.array(where) + jitter, at_frame, max(meet, at_frame + 10), 5.5)

    def second(self, team: int, passer: int) -> tuple[int, str] | None:
        rng, people, story = self.rng, self.people, self.story
        setter, frame = self.setter(team), self.meet
        at = self.own(team, self.flight.at(frame))[:2]
        need = people.reach_s(np.array([setter]), at, 0.1)[0] if setter != passer else np.inf
        on_floor = {m[2] for m in story.marks if m[3] == "falling" and m[1] > frame - 8}
        who = setter
        if setter == passer or need > (frame - people.now) / RATE_HZ + 0.15 or setter in on_floor:
            frame, ball = self.lowest(1.0)  # too far for him: whoever comes first plays it from low
            at = self.own(team, ball)[:2]
            who = self.nearest(team, at, frame, 0.15, (passer, *on_floor))
            people.send(who, at + np.array([-0.25, 0.0]), people.now + 4, frame - 2)
        hands = who == setter and frame == self.meet
        quick_ok = hands and at[0] > -3.0 and abs(at[1]) < 3.0
        # those who hit quickly are on their way before the set
        middle = next((team * 6 + i for i in self.teams[team].find(MIDDLE, True)), None)
        style = self.styles[team]
        plan = self.choose(team, passer, quick_ok, on_floor, who)
        quick = round(rng.uniform(0.36, 0.5) * RATE_HZ)
        runs = middle is not None and middle not in (passer, who) and middle not in on_floor and quick_ok
        if runs:
            assert middle is not None
            spot = np.array([min(at[0] + 0.1, -0.75), at[1] + 1.0])
            people.send(middle, spot + np.array([-0.35, 0]), frame + quick - 24, frame + quick - 6)
        story.on_guard.append((people.now, frame, 1 - team))
        people.until(frame)
        gap = self.gap(who)
        if gap > REACH_M or at[0] > -0.15:
            people.until(int(np.ceil(self.flight.lands())))
            self.falls(passer, "pass not reached")
            return None
        if hands:
            story.marks.append((frame - 7, frame + 7, who, "setting"))
            if rng.random() < 0.5 and at[0] > -2.5:
                self.leap(who, frame, 0.3)
        else:
            story.marks.append((frame - 7, frame + 6, who, "setting"))
            if gap > EASY_M + 0.2:
                self.tumble(who, frame)
        off = (
            style.set_m * (1 + 0.25 * max(0.0, float(np.hypot(*(at - np.array(SET_SPOT)))) - 1)) * (1 if hands else 1.8)
        )
        if plan is None:  # nobody can hit: a high ball to the middle, played over from low
            end = np.array([-3.0 + rng.normal(0, 0.6), rng.normal(0, 1.2), 1.2])
            self.hit(who, "set", "bump", self.own(team, end), round(1.25 * RATE_HZ))
            return self.third_low(team, who)
        hitter, kind = plan
        if kind == "quick" and middle == hitter:
            end = np.array([min(at[0] + 0.1, -0.75), at[1] + 1.0, 2.95])
            end[:2] += rng.normal(0, 0.12, 2)
            flies = quick
        else:
            fast = hands and rng.random() < style.fast
            goal: dict[str, Point] = {
                "left": (-0.9, 3.7),
                "right": (-0.9, -3.6),
                "pipe": (-2.7, 0.2),
                "back": (-2.8, -3.2),
            }
            end = np.array([*goal[kind], rng.uniform(2.9, 3.1)])
            end[:2] += rng.normal(0, off, 2)
            flies = round((rng.uniform(0.8, 1.0) if fast else rng.uniform(1.15, 1.45)) * RATE_HZ)
        end[0] = np.clip(end[0], -4.5, -0.55)
        end[1] = np.clip(end[1], -4.2, 4.2)
        self.hit(who, "set", kind if hands else "bump", self.own(team, end), flies)
        if runs and hitter != middle:
            assert middle is not None  # he jumps for nothing
            self.leap(middle, frame + quick, 0.55)
            story.marks.append((frame + quick - 8, frame + quick + 8, middle, "jumping"))
        return self.third(team, who, hitter, kind, runs)

    def choose(self, team: int, passer: int, quick_ok: bool, on_floor: set[int], sets: int) -> tuple[int, str] | None:
        """Return who is to hit and from where."""
        rng, style, lineup = self.rng, self.styles[team], self.teams[team]
        options: list[tuple[int, str, float]] = []
        for i in range(6):
            who, role, front = team * 6 + i, self.role(team * 6 + i), lineup.front(i)
            if who in on_floor or who == sets:
                continue
            if role == OUTSIDE and front:
                options.append((who, "left", 0.45))
            elif role == OPPOSITE and front:
                options.append((who, "right", 0.3))
            elif role == MIDDLE and front and quick_ok and who != passer:
                options.append((who, "quick", style.middle))
            elif role == OUTSIDE and quick_ok and who != passer:
                options.append((who, "pipe", style.back))
            elif role == OPPOSITE and not front:
                options.append((who, "back", style.back * 1.3))
        if not options or rng.random() < 0.02:
            return None
        share = np.array([o[2] for o in options])
        k = int(rng.choice(len(options), p=share / share.sum()))
        return options[k][0], options[k][1]

    def third(self, team: int, sets: int, hitter: int, kind: str, runs: bool) -> tuple[int, str] | None:
        rng, people, story = self.rng, self.people, self.story
        now, frame = people.now, self.meet
        ball = self.own(team, self.flight.at(frame))
        stand = ball[:2] + np.array([-0.35, 0.0])
        if not self.front(hitter):
            stand[0] = min(stand[0], -3.05)  # the last step is behind the attack line
        start = max(now + 1, frame - 23)
        if kind != "quick":
            back = {"left": (-3.6, 4.2), "right": (-3.5, -3.9), "pipe": (-5.6, 0.2), "back": (-5.9, -3.2)}[kind]
            people.send(hitter, back, now + 1, start)
            people.then(hitter, stand, start, frame - 5)
        else:
            people.send(hitter, stand, now, frame - 5)
        self.defend(1 - team, ball, now, frame)
        self.cover(team, (sets, hitter), ball, now, frame)
        story.on_guard.append((now, frame, 1 - team))
        people.until(frame)
        if self.gap(hitter) > 1.0:
            return self.third_low(team, sets)
        self.leap(hitter, frame, float(rng.uniform(0.55, 0.75)))
        story.marks.append((frame - 9, frame + 8, hitter, "spiking"))
        blockers = self.block(1 - team, ball, frame)
        return self.attack(team, hitter, ball, blockers)

    def defend(self, team: int, ball: Float, now: int, frame: int) -> None:
        """Send the other team to block and to where it digs, once the set is read."""
        rng = self.rng
        for i, where in defending(self.zone[team], float(-ball[1]), float(-ball[0])).items():
            blocks = where[0] > -1
            wait = int(rng.integers(3, 8)) if blocks else int(rng.integers(4, 12))
            jitter = rng.normal(0, 0.1 if blocks else 0.4, 2) * (np.array([0.3, 1.0]) if blocks else 1.0)
            self.people.send(team * 6 + i, np.array(where) + jitter, now + wait, frame - 3)

    def cover(self, team: int, but: tuple[int, ...], ball: Float, now: int, frame: int) -> None:
        """Close in behind the hitter."""
        for i in range(6):
            who = team * 6 + i
            busy = any(m[2] == who and m[3] in ("falling", "jumping") and m[1] > now for m in self.story.marks)
            if who == but[1] or busy:
                continue
            step = self.people.xy[who] - ball[:2]
            away = float(np.hypot(*step))
            want = {SETTER: 2.0, LIBERO: 2.4, MIDDLE: 2.2}.get(self.role(who), 3.8)
            if away > want:
                where = ball[:2] + step / away * max(want, away - 3.0) + self.rng.normal(0, 0.2, 2)
                where[0] = min(where[0], -0.9)
                self.people.send(who, where, now + int(self.rng.integers(6, 14)), frame + 2, 4.0)

    def block(self, team: int, ball: Float, frame: int) -> list[int]:
        """Let those who came in time jump; return them, the nearest to the ball first."""
        found = []
        for i in range(6):
            who = team * 6 + i
            xy = self.people.xy[who]
            aside = abs(xy[1] + ball[1])
            if self.front(who) and self.role(who) != LIBERO and xy[0] > -1.15 and aside < 1.25:
                late = int(self.rng.integers(0, 4))
                self.leap(who, frame + late, float(self.rng.uniform(0.4, 0.6)))
                self.story.marks.append((frame + late - 8, frame + late + 9, who, "blocking"))
                stays = self.people.xy[who] + self.people.v[who] * 0.15
                self.people.send(who, (min(stays[0], -0.5), stays[1]), frame - 1, frame + 6)
                if ball[0] > -2.0 or self.rng.random() < 0.7:
                    found.append((aside, who))
        return [w for _, w in sorted(found)]

    def attack(self, team: int, who: int, ball: Float, blockers: list[int]) -> tuple[int, str] | None:
        rng, people, style = self.rng, self.people, self.styles[team]
        now = people.now
        tip = rng.random() < style.tip
        how = "tip" if tip else "spike"
        draw = rng.random()
        if draw < 0.05 and not tip:
            self.into_net(who, "spike", how)
            return None
        if tip:
            end = np.array([rng.uniform(1.8, 4.5), ball[1] + rng.normal(0, 1.5), BALL_M])
        else:
            end = np.array([rng.uniform(4.0, 8.9), rng.uniform(-4.3, 4.3), BALL_M])
        end[1] = np.clip(end[1], -4.3, 4.3)
        if 0.05 <= draw < 0.13 and not tip:
            end = self.astray(end)
        near = [b for b in blockers if abs(people.xy[b, 1] + ball[1]) < 0.85]
        if near and not tip and rng.random() < style.block * len(near) + 0.05:
            return self.blocked(team, who, how, ball, near[0])
        away = float(np.hypot(end[0] - ball[0], end[1] - ball[1]))
        speed = rng.uniform(7, 9) if tip else style.power_mps * rng.uniform(0.75, 1.05)
        over_block = 0.45 if tip and near else 0.08
        self.hit(who, "spike", how, self.own(team, end), max(3, round(away / speed * RATE_HZ)), self.clear(over_block))
        self.settle(team, now + 9, now + 40)
        for b in blockers:  # they land and turn
            people.send(b, np.array([-1.6, people.xy[b, 1]]), now + 10, now + 25, 3.0)
        return 1 - team, how

    def blocked(self, team: int, who: int, how: str, ball: Float, blocker: int) -> tuple[int, str] | None:
        """Hit into the block: back down, off the hands and out, or slowed and up."""
        rng, people = self.rng, self.people
        hands = np.array([0.14, -float(people.xy[blocker, 1]) + rng.normal(0, 0.15), rng.uniform(2.72, 2.92)])
        hands[1] = np.clip(hands[1], -4.3, 4.3)
        frames = max(2, round((hands[0] - ball[0]) / self.styles[team].power_mps * RATE_HZ))
        self.hit(who, "spike", how, self.own(team, hands), frames)
        self.settle(team, people.now + 9, people.now + 40)
        people.until(self.meet)
        draw = rng.random()
        if draw < 0.42:  # down on the hitter's side
            end = np.array([-rng.uniform(0.8, 3.2), hands[1] + rng.normal(0, 0.8), 0.3])
            self.hit(
                blocker, "block", "stuff", self.own(team, end), int(rng.integers(6, 13)), self.net_m + BALL_M + 0.02
            )
            return team, "block"
        if draw < 0.68:  # off the hands and out
            side = np.sign(hands[1]) or 1.0
            wide = rng.random() < 0.6
            end = (np.array([rng.uniform(0.5, 5), side * rng.uniform(5.2, 7.5), BALL_M]) if wide
                   else np.array([rng.uniform(9.8, 12), hands[1] + rng.normal(0, 2), BALL_M]))  # fmt: skip
            self.hit(blocker, "block", "out", self.own(team, end), int(rng.integers(14, 26)))
            return 1 - team, "block"
        end = np.array([rng.uniform(3.5, 7.5), np.clip(hands[1] + rng.normal(0, 2), -4, 4), 0.7])
        self.hit(blocker, "block", "touch", self.own(team, end), int(rng.integers(20, 32)))
        return 1 - team, "block"

    def third_low(self, team: int, sets: int) -> tuple[int, str] | None:
        """Play a ball that nobody can hit over the net from low, if somebody gets there."""
        rng, people, story = self.rng, self.people, self.story
        frame, ball = self.lowest(float(rng.uniform(0.8, 1.2)))
        if frame <= people.now:
            frame, ball = people.now + 1, self.flight.at(people.now + 1)
        at = self.own(team, ball)[:2]
        on_floor = {m[2] for m in story.marks if m[3] == "falling" and m[1] > frame - 5}
        who = self.nearest(team, at, frame, 0.12, (sets, *on_floor))
        people.send(who, at + np.array([-0.25, 0.0]), people.now + 2, frame - 1)
        people.until(frame)
        if self.gap(who) < REACH_M + 1.2:
            story.marks.append((frame - 7, frame + 5, who, "digging"))
        if self.gap(who) > REACH_M or ball[2] < 0.2 or at[0] > -0.15:
            people.until(int(np.ceil(self.flight.lands())))
            self.falls(sets, "set not reached")
            return None
        end = np.array([rng.uniform(3.0, 8.4), rng.uniform(-3.8, 3.8), BALL_M])
        self.hit(
            who, "spike", "free ball", self.own(team, end), round(rng.uniform(1.1, 1.5) * RATE_HZ), self.clear(0.3)
        )
        self.settle(team, frame + 6, self.meet)
        self.guard(1 - team, frame, self.meet)
        return 1 - team, "free"

    def after(self) -> None:
        """The winners come together and some leap, the losers walk back; the winpoint is seen in the midst of it."""
        rng, people, story = self.rng, self.people, self.story
        people.until(max(people.now, story.dead))
        story.dead = people.now
        won, dead = story.winner, story.dead
        style = self.styles[won]
        story.won_at = dead + int(rng.integers(26, 40))
        story.frames = dead + 75
        centre = np.array(style.gather) + rng.normal(0, 0.5, 2)
        turn = rng.uniform(0, 2 * np.pi)
        busy = {m[2]: m[1] for m in story.marks if m[3] == "falling" and m[1] > dead}
        ring = np.argsort([np.arctan2(*(people.xy[w] - centre)[::-1]) for w in self.men(won)])
        for n, k in enumerate(ring):
            who = int(won * 6 + k)
            angle = turn * 0.1 - np.pi + n * np.pi / 3
            where = centre + 0.95 * np.array([np.cos(angle), np.sin(angle)])
            at = max(dead + int(rng.integers(5, 14)), busy.get(who, 0))
            people.send(who, where, at, dead + 45, float(rng.uniform(3.0, 5.0)))
            if rng.random() < style.leaps and who not in busy:
                top = dead + int(rng.integers(8, 20))
                self.leap(who, top, float(rng.uniform(0.2, 0.4)))
                story.marks.append((top - 6, top + 6, who, "jumping"))
        together = rng.random() < 0.4
        for who in self.men(1 - won):
            at = max(dead + int(rng.integers(12, 30)), busy.get(int(who), 0))
            if together:  # losers meet as well, slowly and not as close
                where = np.array([-4.5, 0.0]) + rng.normal(0, 1.3, 2)
            else:
                where = people.xy[who] + rng.normal(0, 1.2, 2)
            people.send(int(who), (min(where[0], -0.8), where[1]), at, dead + 80, float(rng.uniform(1.0, 1.8)))
        people.until(story.frames)
