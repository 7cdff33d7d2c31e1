"""Volleyball's contacts in order, cut into rallies and spells: from a log that knows the teams, from pictures, or
recognised.

A rally begins with a serve; else after a point, in a new set, or where for GAP_S, of video without a clock for
GAP_FRAMES, nothing is told. In the Volleyball Dataset contacts of a rally follow each other within 80 frames, and
rallies after 300. A spell is one side's contacts in the order pass, set, attack, each once at most; a block is no
contact of the three (FIVB Rule 14). Where nobody says which team is which, a side is one of the picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from sportsai.report.material import Material

SPORT = "volleyball"
GAP_S, GAP_FRAMES = 8.0, 100
ORDER = ("pass", "set", "spike")
KINDS = ("serve", *ORDER, "block", "winpoint")
WORDS = {"serve": "serve", "pass": "pass", "set": "set", "spike": "attack", "block": "block", "winpoint": "point"}
PICTURE = ("Left of the picture", "Right of the picture")
WON, LOST, OVER, BACK, UNKNOWN = "won", "lost", "over", "back", "unknown"


@dataclass(frozen=True)
class Contact:
    """One touch of the ball, or a point won.

    row: of the material's events. side: 0 or 1; of the picture left and right where the teams are not known. xy:
    metres with its own side attacking right, None where not known. how: the log's own word, "" where there is none.
    """

    row: int
    period: int
    t_s: float
    frame: int
    span: tuple[int, int]
    kind: str
    side: int
    player: str | None
    xy: tuple[float, float] | None
    how: str
    score: float


@dataclass(frozen=True)
class Spell:
    """A side's contacts until the ball goes over. after: WON, LOST, OVER the net, BACK to the same side, or UNKNOWN."""

    side: int
    contacts: tuple[Contact, ...]
    after: str

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(c.kind for c in self.contacts)

    @property
    def attack(self) -> Contact | None:
        return self.contacts[-1] if self.contacts[-1].kind == "spike" else None


@dataclass(frozen=True)
class Rally:
    """number: from 1. contacts: in order, the point among them where one is told."""

    number: int
    contacts: tuple[Contact, ...]

    @property
    def serve(self) -> Contact | None:
        return self.contacts[0] if self.contacts[0].kind == "serve" else None

    @property
    def won(self) -> Contact | None:
        return next((c for c in reversed(self.contacts) if c.kind == "winpoint"), None)

    @property
    def touches(self) -> tuple[Contact, ...]:
        return tuple(c for c in self.contacts if c.kind != "winpoint")

    @property
    def period(self) -> int:
        return self.contacts[0].period

    @property
    def frames(self) -> tuple[int, int]:
        return min(c.span[0] for c in self.contacts), max(c.span[1] for c in self.contacts)

    @property
    def spells(self) -> tuple[Spell, ...]:
        groups: list[list[Contact]] = []
        ends: list[int] = []  # place of each spell's last contact
        for i, c in enumerate(self.contacts):
            if c.kind not in ORDER:
                continue
            last = groups[-1][-1] if groups else None
            if last is None or last.side != c.side or ORDER.index(c.kind) <= ORDER.index(last.kind):
                groups.append([])
                ends.append(i)
            groups[-1].append(c)
            ends[-1] = i
        return tuple(Spell(g[0].side, tuple(g), self._after(i)) for g, i in zip(groups, ends, strict=True))

    def _after(self, i: int) -> str:
        side = self.contacts[i].side
        for c in self.contacts[i + 1 :]:
            if c.kind == "winpoint":
                return WON if c.side == side else LOST
            if c.kind in ORDER:
                return OVER if c.side != side else BACK
        return UNKNOWN


def by_picture(m: Material) -> bool:
    """Whether left and right are sides of the picture, and not teams."""
    if m.game.provider == "video" or m.part("activities"):
        return True
    mine = m.events[m.events["type"].astype(str).str.match("[lr]_")]
    return bool(len(mine)) and not mine["side"].isin([0, 1]).any()


def sides(m: Material) -> tuple[str, str]:
    """Return what the two sides are called."""
    return PICTURE if by_picture(m) and m.game.provider != "video" else m.names


def running(m: Material, side: int) -> str:
    """Return a side's name in running words: "the left of the picture", or the team."""
    name = sides(m)[side]
    return f"the {name.lower()}" if name in PICTURE else name


def made_up(m: Material) -> str:
    """Return the sentence that says that nobody played this, "" for a real game."""
    said = f"{m.game.competition or ''} {m.game.terms or ''}".upper()
    return "Simulated: nobody played this." if "SIMULATED" in said or m.game.extra.get("simulated") else ""


def how(m: Material, *said: str) -> str:
    """Return the words under a section, and that the game is simulated where it is."""
    return " ".join(s for s in (*said, made_up(m)) if s)


def contacts(m: Material) -> list[Contact]:
    """Return every contact and point of a game in order."""
    pictured, out = by_picture(m), []
    for row, e in enumerate(m.events.to_dict("records")):
        name = str(e["type"])
        kind = name[2:] if name[:2] in ("l_", "r_") else name
        side = "lr".index(name[0]) if pictured and name[:2] in ("l_", "r_") else int(e["side"])
        if kind not in KINDS or side not in (0, 1):
            continue
        place = None
        if not pictured and math.isfinite(float(e["x"])) and math.isfinite(float(e["y"])):
            place = (float(e["x"]) * m.facing(side), float(e["y"]) * m.facing(side))
        about = e["attributes"] if isinstance(e["attributes"], dict) else {}
        who = None if pd.isna(e["player_id"]) else str(e["player_id"])
        span = (int(e["start_frame"]), int(e["end_frame"]))
        out.append(
            Contact(row, int(e["period"]), float(e["t_s"]), int(e["frame"]), span, kind, side, who, place,
                    str(about.get("how") or ""), float(e["score"]))
        )  # fmt: skip
    return sorted(out, key=lambda c: (c.period, c.frame, c.row))


def rallies(m: Material) -> list[Rally]:
    """Return the game's rallies in order."""
    rate = float(m.tracks.rate_hz) if m.tracks is not None else 0.0
    gap = GAP_S * rate if rate else GAP_FRAMES
    return [Rally(n, tuple(group)) for n, group in enumerate(_cut(contacts(m), gap), 1)]


def _cut(every: Sequence[Contact], gap: float) -> Iterator[list[Contact]]:
    group: list[Contact] = []
    for c in every:
        last = group[-1] if group else None
        if last is not None and (
            c.kind == "serve" or last.kind == "winpoint" or c.period != last.period or c.frame - last.frame > gap
        ):
            yield group
            group = []
        group.append(c)
    if group:
        yield group


def standings(m: Material, every: Sequence[Rally]) -> dict[int, tuple[int, int]]:
    """Return the score of the set after each rally whose winner is told, by its number: the log's, else counted.

    {} where points are missing: a score that is not whole would be wrong.
    """
    if by_picture(m) or any(r.won is None for r in every):
        return {}
    out: dict[int, tuple[int, int]] = {}
    now, period = [0, 0], 0
    for r in every:
        if r.period != period:
            now, period = [0, 0], r.period
        assert r.won is not None
        now[r.won.side] += 1
        out[r.number] = (now[0], now[1])
    return out


def chain_text(found: Sequence[Contact]) -> str:
    """Return "serve, pass, set, attack"."""
    return ", ".join(WORDS[c.kind] for c in found)
