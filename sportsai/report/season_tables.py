"""A season's numbers: of each team the mean of each measure, its n, and how far it is from the other teams'."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sportsai.report.players import LEAST_MIN

FAR = 2.0  # standard errors that are called far
TOTALS = ("events", "seen", "metres", "known")
LEAST = 6  # numbers of other teams, for a z


@dataclass(frozen=True)
class Line:
    """A game of the season: its summary (`season_rows`), and the file of its report where there is one."""

    summary: dict[str, Any]
    href: str | None

    @property
    def title(self) -> str:
        """The teams, short."""
        return " – ".join(str(t["short"]) for t in self.summary["teams"])


@dataclass(frozen=True)
class Scale:
    """How a measure is written: factor, decimals and unit, as its own sentences write it."""

    factor: float
    decimals: int
    unit: str

    def text(self, value: float) -> str:
        return f"{value * self.factor:,.{self.decimals}f}{self.unit}".replace("-", "−")


@dataclass(frozen=True)
class Measured:
    """A measure that the season's games have. what: in a few words."""

    name: str
    what: str
    scale: Scale


@dataclass(frozen=True)
class Number:
    """A team's mean over n games, and z: how far from the mean of the others, in standard errors of the difference."""

    value: float
    shown: str
    n: int
    z: float | None

    @property
    def far(self) -> bool:
        return self.z is not None and abs(round(self.z, 1)) >= FAR  # as it is shown

    @property
    def z_shown(self) -> str:
        return "" if self.z is None else f"{round(self.z, 1) + 0.0:+.1f}".replace("-", "−")


@dataclass(frozen=True)
class Team:
    """A row: the team, how many games it has, and its numbers in the order of the measures (None: none)."""

    id: str
    name: str
    short: str
    games: int
    numbers: tuple[Number | None, ...]


@dataclass(frozen=True)
class Far:
    """How many numbers were held against the others, and how many of them lie far."""

    held: int
    count: int


def team_table(lines: Sequence[Line]) -> tuple[list[Measured], list[Team], Far]:
    """Return the measures, a row for each team by name, and how many of the numbers lie far from the others."""
    measures = _measures(lines)
    values: dict[str, list[tuple[str, float]]] = {m.name: [] for m in measures}
    for one in lines:
        teams = [str(t["name"]) for t in one.summary["teams"]]
        for name, side, value, *_ in one.summary["measures"]:
            values[name].append((teams[side], value))
    names, short, games = _teams(lines)
    rows = []
    for team in sorted(names):
        numbers = tuple(_number([v for t, v in values[m.name] if t == team], values[m.name], team, m) for m in measures)
        rows.append(Team(names[team], team, short[team], games[team], numbers))
    held = [n for r in rows for n in r.numbers if n is not None and n.z is not None]
    return measures, rows, Far(len(held), sum(n.far for n in held))


def _teams(lines: Sequence[Line]) -> tuple[dict[str, str], dict[str, str], dict[str, int]]:
    """Return of each team's name its anchor, its short name and how many games it has."""
    short: dict[str, str] = {}
    games: dict[str, int] = {}
    for one in lines:
        for t in one.summary["teams"]:
            name = str(t["name"])
            short[name] = str(t["short"])
            games[name] = games.get(name, 0) + 1
    return {name: f"team-{n}" for n, name in enumerate(sorted(short))}, short, games


def _measures(lines: Sequence[Line]) -> list[Measured]:
    """Return the measures in the order the games tell them, each written as where it is largest."""
    clearest: dict[str, tuple[float, str, str]] = {}
    for one in lines:
        for name, _, value, shown, what, *_ in one.summary["measures"]:
            if name not in clearest or abs(value) > abs(clearest[name][0]):
                clearest[name] = (value, shown, what)
    return [Measured(name, what, scale_of(value, shown)) for name, (value, shown, what) in clearest.items()]


def scale_of(value: float, shown: str) -> Scale:
    """Return how a value was written: 0.346 as "35%" is a factor of 100, no decimals and "%"; one decimal is added, for
    a mean says more than one game."""
    found = re.search(r"[-−]?\d[\d,]*(?:\.(\d+))?", shown)
    if not found or value == 0:
        return Scale(1.0, 2, "")
    written = float(found[0].replace("−", "-").replace(",", ""))
    factor = 100.0 if abs(written - 100 * value) < abs(written - value) else 1.0
    return Scale(factor, len(found[1] or "") + 1, shown[found.end() :])


def _number(mine: list[float], every: list[tuple[str, float]], team: str, measure: Measured) -> Number | None:
    if not mine:
        return None
    others = np.array([v for t, v in every if t != team])
    value, z = float(np.mean(mine)), None
    if len(others) >= LEAST and len(mine) >= 2:
        left = np.concatenate([np.array(mine) - value, others - others.mean()])
        spread = float(np.sqrt((left**2).sum() / (len(left) - 2)))
        if spread > 0:
            z = float((value - others.mean()) / (spread * np.sqrt(1 / len(mine) + 1 / len(others))))
    return Number(value, measure.scale.text(value), len(mine), z)


def team_blocks(lines: Sequence[Line], measures: Sequence[Measured]) -> list[dict[str, Any]]:
    """Return of each team its games, the number of each measure in each, and where the report explains it."""
    names, short, games = _teams(lines)
    by_name: dict[str, dict[str, Any]] = {
        t: {"id": names[t], "name": t, "short": short[t], "games": games[t], "rows": []} for t in names
    }
    for one in lines:
        for side, team in enumerate(one.summary["teams"]):
            found = {k[0]: k for k in one.summary["measures"] if k[1] == side}
            cells = [
                None if m.name not in found else {"shown": found[m.name][3], "anchor": found[m.name][5]}
                for m in measures
            ]
            row = {"title": one.title, "date": one.summary["date"] or "", "href": one.href, "cells": cells}
            by_name[str(team["name"])]["rows"].append(row)
    return list(by_name.values())


def player_rows(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Return a row for each player and team: games, minutes seen, metres, events, and the games they come from."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for one in lines:
        teams = one.summary["teams"]
        for player, name, side, events, seen, metres, known in one.summary["players"]:
            team = teams[side]
            row = rows.setdefault(
                (str(player), str(team["name"])),
                {"name": name, "team": team["short"], "games": [], **dict.fromkeys(TOTALS, 0)},
            )
            for key, value in zip(TOTALS, (events, seen, metres, known), strict=True):
                row[key] += value
            row["games"].append({"title": one.title, "date": one.summary["date"] or "", "href": one.href})
    for row in rows.values():
        row["rate"] = row["metres"] / row["known"] if row["known"] >= LEAST_MIN else None
    return sorted(rows.values(), key=lambda r: (-r["seen"], -r["events"], r["name"]))
