"""A rally's state: who stands where, where the ball flies, who reaches it; nothing here decides what is played."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sportsai.simulate._flight import BALL_M, RATE_HZ, Flight, over, throw
from sportsai.simulate._formation import (
    BASE,
    SETTER,
    Lineup,
    homes,
    receiving,
    serving,
)
from sportsai.simulate._people import People
from sportsai.simulate._story import Contact, Story, Style

Float = NDArray[np.float64]
HALF, SIDE = 9.0, 4.5


class Scene:
    """Two teams, team 0 drawn on the left, team 1, and a ball; `people.path` tells where they were."""

    def __init__(
        self, rng: np.random.Generator, teams: tuple[Lineup, Lineup], styles: tuple[Style, Style], server: int,
        net_m: float, top: Float,
    ) -> None:  # fmt: skip
        self.rng, self.teams, self.styles, self.server, self.net_m = rng, teams, styles, server, net_m
        start = np.concatenate([serving(t) if s == server else receiving(t) for s, t in enumerate(teams)])
        start += np.clip(rng.normal(0, 0.1, (12, 2)), -0.2, 0.2)
        self.hits = server * 6 + int(np.flatnonzero(teams[server].place == 1)[0])
        self.jumps = rng.random() < styles[server].jump_serve
        start[self.hits] = (-11.2 if self.jumps else -10.0) + rng.normal(0, 0.1), rng.uniform(-3.8, 0.5)
        start[:, 0] = np.minimum(start[:, 0], -0.5)
        self.people = People(start, top)
        self.zone = [homes(t) for t in teams]
        self.story = Story()
        self.over = False
        self.flight: Flight
        self.meet = 0

    @staticmethod
    def sign(team: int) -> float:
        """Return what turns a team's own view into the court's: team 0's is the court's."""
        return 1.0 if team == 0 else -1.0

    def own(self, team: int, xyz: Float) -> Float:
        """Return a place on the court in a team's own view, or one in its view on the court."""
        return np.asarray(xyz * np.array([self.sign(team), self.sign(team), 1.0])[: xyz.shape[-1]])

    def men(self, team: int) -> NDArray[np.int64]:
        return np.arange(team * 6, team * 6 + 6)

    def role(self, who: int) -> str:
        return self.teams[who // 6].role(who % 6)

    def front(self, who: int) -> bool:
        return self.teams[who // 6].front(who % 6)

    def in_zone(self, team: int, zone: int) -> int:
        return team * 6 + next(i for i, z in self.zone[team].items() if z == zone)

    def hit(self, who: int, type_: str, how: str, end: Float, frames: int, high: float | None = None) -> None:
        """Write a contact at the frame that is now; the ball flies to `end` (on the court), over the net if asked."""
        now = self.people.now
        start = self.flight.at(now)
        self.story.contacts.append(Contact(now, type_, how, who, start))
        if high is None:
            self.flight = throw(now, start, end, frames)
        else:
            self.flight, frames = over(now, start, end, frames, high)
        self.meet = now + frames
        self.story.flights.append(self.flight)

    def falls(self, last: int, ended: str = "") -> None:
        """Let the ball fall; who last touched it loses the rally where it is out, else whose floor it is."""
        at_net = self.crossing()
        fault = at_net is not None and abs(at_net[1][1]) > SIDE
        if at_net is not None and not fault and at_net[1][2] < self.net_m + BALL_M:  # it drops from the net
            before = int(np.ceil(at_net[0])) - 1
            start, v = self.flight.at(before), self.flight.velocity
            if before > self.flight.frame:
                down = min(0.0, float(v[2] - 9.81 * (before - self.flight.frame) / RATE_HZ))
                self.flight = Flight(before, start, np.array([-0.4 * np.sign(v[0]), 0.0, down]))
                self.story.flights.append(self.flight)
        spot = self.flight.at(self.flight.lands())
        inside = not fault and abs(spot[0]) <= HALF + BALL_M and abs(spot[1]) <= SIDE + BALL_M
        floor = 0 if spot[0] < 0 else 1
        story = self.story
        story.dead = int(np.ceil(self.flight.lands()))
        story.spot = spot
        story.winner = 1 - floor if inside else 1 - last // 6
        story.ended = (
            ended if ended and not fault else "outside the antenna" if fault else ("floor" if inside else "out")
        )
        self.over = True

    def crossing(self) -> tuple[float, Float] | None:
        """Return the frame at which the ball would pass the net's plane before it lands, and where it is then."""
        v, x = self.flight.velocity[0], self.flight.start[0]
        if not v or -x / v <= 0:
            return None
        frame = self.flight.frame - x / v * RATE_HZ
        return (frame, self.flight.at(frame)) if frame < self.flight.lands() else None

    def clear(self, least: float = 0.05) -> float:
        """Return how high the ball's middle passes the net."""
        return self.net_m + BALL_M + least + abs(float(self.rng.normal(0, 0.12)))

    def astray(self, end: Float) -> Float:
        """Return an end, in the view of who hits, that lies out of the court."""
        if self.rng.random() < 0.6:
            return np.array([self.rng.uniform(9.6, 11.0), end[1], BALL_M])
        return np.array([end[0], np.sign(end[1]) * self.rng.uniform(4.9, 5.8), BALL_M])

    def into_net(self, who: int, type_: str, how: str) -> None:
        """Hit the ball into the net: it stops there and drops on the hitter's side."""
        team, now = who // 6, self.people.now
        start = self.flight.at(now)
        own = self.own(team, start)
        net = np.array([-BALL_M, own[1] + self.rng.normal(0, 0.4), self.rng.uniform(1.6, self.net_m - 0.1)])
        frames = max(1, round((net[0] - own[0]) / 15 * RATE_HZ))
        self.hit(who, type_, how, self.own(team, net), frames)
        drop = Flight(self.meet, self.own(team, net), self.own(team, np.array([-0.5, 0.0, 0.0])))
        self.story.flights.append(drop)
        self.flight = drop
        self.falls(who, f"{type_} into the net")

    def setter(self, team: int) -> int:
        return team * 6 + self.teams[team].find(SETTER)[0]

    def leap(self, who: int, top: int, metres: float) -> None:
        """Note a jump whose highest point is at frame `top`."""
        half = round(np.sqrt(2 * metres / 9.81) * RATE_HZ)
        self.story.leaps.append((top - half, top + half, who, metres))

    def settle(self, team: int, at: int, due: int, but: tuple[int, ...] = ()) -> None:
        """Send a team to its base places from a frame on."""
        for i, z in self.zone[team].items():
            if team * 6 + i not in but:
                where = np.array(BASE[z]) + self.rng.normal(0, 0.3, 2)
                self.people.send(team * 6 + i, where, at, due, 5.0)

    def nearest(self, team: int, where: Float, frame: int, ready_s: float, but: tuple[int, ...]) -> int:
        """Return who of a team would be first at a place (own view) by a frame; of those with time, the nearest."""
        who = np.array([i for i in self.men(team) if i not in but])
        need = self.people.reach_s(who, where, ready_s)
        left = max((frame - self.people.now) / RATE_HZ, 0)
        late = np.maximum(need - left, 0)
        away = np.hypot(*(self.people.xy[who] - where).T)
        return int(who[np.lexsort((away, np.round(late, 1)))[0]])

    def gap(self, who: int) -> float:
        """Return how far, along the floor, the ball is from a player now."""
        ball = self.own(who // 6, self.flight.at(self.people.now))
        return float(np.hypot(*(ball[:2] - self.people.xy[who])))

    def tumble(self, who: int, at: int) -> None:
        """Let one go to the floor: he slides to a stop and stays for most of a second."""
        stays = int(self.rng.integers(16, 26))
        slide = self.people.xy[who] + self.people.v[who] * 0.25
        self.people.send(who, slide, at, at + 8)
        self.story.marks.append((at + 2, at + stays, who, "falling"))

    def lowest(self, height: float) -> tuple[int, Float]:
        """Return the frame at which the ball has fallen to a height, and where it is then (on the court)."""
        frame = self.flight.falls_to(height)
        frame = self.flight.frame + 1 if frame is None else max(frame, self.flight.frame + 1)
        return int(frame), self.flight.at(int(frame))
