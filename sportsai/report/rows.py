"""The rows of the players' and the key players' tables, and the six numbers of the front page, ready to be written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from sportsai.data import AWAY, HOME, Player
from sportsai.report.figures.heat import player_heat
from sportsai.report.findings import Facts, defending_m, own_half_turnovers, pairs, value_of, written
from sportsai.report.material import Material
from sportsai.report.player_page import best_and_worst
from sportsai.report.players import PlayerLine
from sportsai.report.plays import Evidence
from sportsai.units import SPEED_BANDS_KMH

NONE = "–"
MOST_TILES = 6
SHORT_MIN = 4.0  # shorter than this, time on camera is written in seconds


def band_names() -> list[str]:
    """Return "walk, under 7 km/h", ..., "sprint, over 25 km/h"."""
    edges = [low for _, low in SPEED_BANDS_KMH]
    names = []
    for i, (name, low) in enumerate(SPEED_BANDS_KMH):
        last = i == len(edges) - 1
        names.append(
            f"{name}, over {low:.0f} km/h"
            if last
            else f"{name}, under {edges[1]:.0f} km/h"
            if i == 0
            else f"{name}, {low:.0f}–{edges[i + 1]:.0f}"
        )
    return names


def player_rows(
    m: Material, lines: Sequence[PlayerLine], evidence: Evidence, top: dict[str, int]
) -> list[dict[str, Any]]:
    """Return one row a player; `top` is player id -> play of the top speed."""
    rows = []
    short = max((line.on_min for line in lines), default=0.0) < SHORT_MIN
    for line in lines:
        p = line.player
        mine = m.events[m.events["player_id"] == p.id]
        tracked, moved = line.seen_min > 0, line.known_min > 0
        share = [v / line.distance_m * 100 for v in line.bands_m] if line.distance_m > 0 else []
        links = {
            k: evidence.plays(c.n, f"{k}-of-{p.id}", list(mine.index[mine["type"] == k]), "players") if c.n else c.n
            for k, c in (("pass", line.passes), ("turnover", line.turnovers))
        }
        speed: Any = NONE
        if line.top_kmh is not None:
            text = f"{line.top_kmh:.1f}"
            speed = evidence.plays(text, f"top-of-{p.id}", [top[p.id]], "players") if p.id in top else text
        names = [n for n, _ in SPEED_BANDS_KMH]
        rows.append(
            {
                "side": p.side,
                "number": p.number,
                "name": p.display,
                "position": p.position or NONE,
                "team": m.names[p.side],
                "find": f"{p.name} {p.display} {p.number or ''} {p.position or ''} {m.names[p.side]}".lower(),
                "seen": (f"{60 * line.seen_min:.0f} s" if short else f"{line.seen_min:.0f}") if tracked else NONE,
                "seen_v": f"{line.seen_min:.2f}" if tracked else "",
                "coverage": f"{line.coverage:.0%}" if line.coverage is not None else NONE,
                "coverage_v": "" if line.coverage is None else f"{line.coverage:.3f}",
                "metres": f"{line.distance_m:,.0f}" if moved else NONE,
                "metres_v": f"{line.distance_m:.0f}" if moved else "",
                "rate": NONE if line.metres_per_min is None else f"{line.metres_per_min:.0f}",
                "rate_v": "" if line.metres_per_min is None else f"{line.metres_per_min:.1f}",
                "bands": [f"{v:.1f}" for v in share],
                "fast_v": f"{sum(share[3:]):.2f}" if share else "",
                "bands_alt": ", ".join(f"{n} {v:,.0f} m" for n, v in zip(names, line.bands_m, strict=True)),
                "top": speed,
                "top_v": "" if line.top_kmh is None else f"{line.top_kmh:.2f}",
                "passes": line.passes,
                "passes_link": links["pass"],
                "turnovers": line.turnovers,
                "turnovers_link": links["turnover"],
                "heat": player_heat(m, line.cells, p.display).svg if line.cells is not None else None,
                "says": _says(m, line, mine, evidence),
            }
        )
    return rows


def _says(m: Material, line: PlayerLine, mine: pd.DataFrame, evidence: Evidence) -> list[str]:
    p = line.player
    says: list[str] = []
    says.append(f"{p.name}, {m.names[p.side]}" + (", in the starting line-up." if p.starter else "."))
    scale, unit = (60, "seconds") if line.on_min < SHORT_MIN else (1, "minutes")
    if line.seen_min > 0:
        says.append(
            f"On camera {line.seen_min * scale:.0f} of about {line.on_min * scale:.0f} {unit} (first to last sighting "
            f"of each period); speeds are known in {line.known_min * scale:.0f} of them."
        )
        bands = [f"{n} {v:,.0f} m" for (n, _), v in zip(SPEED_BANDS_KMH, line.bands_m, strict=True)]
        if line.known_min > 0:
            says.append("Metres seen: " + ", ".join(bands) + ".")
        if line.metres_per_min is None:
            says.append("Seen too briefly for a rate or a top speed.")
    if len(mine):
        kinds = mine["type"].value_counts()
        said = ", ".join(f"{m.event_label(str(k)).lower()} {n}" for k, n in kinds.items())
        says.append(
            Markup("Key player of {} {} event{}: {}.").format(
                evidence.plays(len(mine), f"key-{p.id}", list(mine.index), "players"),
                _by(mine),
                "s" if len(mine) != 1 else "",
                said,
            )
        )
        says += _clips(m, p, evidence)
        to = {
            i: o[0]
            for i, k, o in zip(mine.index, mine["type"], mine["other_ids"], strict=True)
            if k == "pass" and len(o)
        }
        if to:
            best, n = Counter(to.values()).most_common(1)[0]
            link = evidence.plays(
                f"{n} of {len(to)}", f"most-of-{p.id}", [i for i, v in to.items() if v == best], "players"
            )
            if n > 1:
                says.append(Markup("Passes most to {}: {}.").format(m.player_name(best), link))
    return says


def _by(events: pd.DataFrame) -> str:
    found = np.isfinite(events["score"].to_numpy(float))
    return "recognised" if found.all() else "recognised or logged" if found.any() else "logged"


def _clips(m: Material, player: Player, evidence: Evidence) -> list[Markup]:
    """Return the clips to show a player first: those worth most to the team, and to the other."""
    out = []
    for moments, what in zip(best_and_worst(m, player), ("the team", "the other team"), strict=True):
        links = [evidence.plays(m.clock(*_when(m, k.index)), f"clip-{k.index}", [k.index], "players") for k in moments]
        if links:
            out.append(Markup("Worth most to {}: {}.").format(what, Markup(", ").join(links)))
    return out


def _when(m: Material, row: int) -> tuple[int, float]:
    return int(m.events["period"].iloc[row]), float(m.events["t_s"].iloc[row])


def key_rows(m: Material, evidence: Evidence, most: int = 12) -> list[dict[str, Any]]:
    """Return who was the key player of most events."""
    e = m.events[m.events["player_id"].notna() & m.events["side"].isin([HOME, AWAY])]
    if not len(e):
        return []
    rows = []
    per_side = e["side"].value_counts()
    sizes = (
        e.assign(weight=m.weights(e)).groupby("player_id")["weight"].sum().sort_values(ascending=False, kind="stable")
    )
    for player_id in sizes.index[:most]:
        mine = e[e["player_id"] == player_id]
        side = int(mine["side"].iloc[0])
        score = mine["score"].to_numpy(float)
        sure = [a.get("key_player_p") for a in mine["attributes"]]
        sure = [float(v) for v in sure if isinstance(v, (int, float))]
        p = float(np.nanmean(score)) if np.isfinite(score).any() else None
        share = len(mine) / int(per_side[side])
        rows.append(
            {
                "name": m.player_name(player_id),
                "side": side,
                "n": len(mine),
                "right": f"{sizes[player_id]:.0f}",
                "link": evidence.plays(len(mine), f"key-{player_id}", list(mine.index), "players"),
                "share": f"{share:.0%}",
                "share_v": f"{share:.4f}",
                "passes": int((mine["type"] == "pass").sum()),
                "turnovers": int((mine["type"] == "turnover").sum()),
                "p": NONE if p is None else f"{p:.2f}",
                "p_v": "" if p is None else f"{p:.4f}",
                "sure": f"{np.mean(sure):.2f}" if sure else NONE,
                "sure_v": f"{np.mean(sure):.4f}" if sure else "",
            }
        )
    return rows


def tiles(f: Facts) -> list[dict[str, Any]]:
    """Return up to six small numbers, each for both teams; those not seen are left out, measures fill their places."""
    m, e, out = f.m, f.evidence, list[dict[str, Any]]()
    if m.brief:
        return out

    def tile(what: str, values: Sequence[Any], ranges: Sequence[str] = ("", ""), measure: str = "") -> None:
        before = [_before(f, measure, s) if measure else "" for s in (HOME, AWAY)]
        out.append(
            {"what": what, "home": values[0], "away": values[1], "home_range": ranges[0], "away_range": ranges[1],
             "home_before": before[0], "away_before": before[1]}
        )  # fmt: skip

    sides = (HOME, AWAY)
    if f.whole is not None and f.whole.share(HOME) is not None:
        tile(
            "Possession, of what was seen",
            [e.figure(f"{f.whole.share(s):.0%}", "timeline") for s in sides],
            [f"{f.whole.held_s[s] / 60:.0f} min seen" for s in sides],
            "possession",
        )
        if m.words.end and None not in [f.whole.final_share(s) for s in sides]:
            tile(
                f"Of it, in the {m.words.end}",
                [e.figure(f"{f.whole.final_share(s):.0%}", "quarters") for s in sides],
                [f"{f.whole.final_s[s] / 60:.1f} min" for s in sides],
                "final_third",
            )
    for kind, what in (("pass", "Passes"), ("turnover", m.words_lost.capitalize())):
        counts = [m.count(kind, s) for s in sides]
        if sum(c.n for c in counts) and (kind != "pass" or m.words.passes):
            tile(
                what + (" logged" if not m.recognised else ", estimated" if m.trusted(kind) else ", rough estimate"),
                [
                    e.plays(f"{c.expected:.0f}", f"{kind}-{s}", list(m.of(kind, s).index))
                    for s, c in zip(sides, counts, strict=True)
                ],
                [c.range for c in counts],
            )
    deep = [defending_m(m, s) for s in sides]
    if deep[0] is not None and deep[1] is not None and not (m.trusted("turnover") and len(m.of("turnover"))):
        tile(
            f"Without the {m.words.ball}, m from own {m.words.goal}",
            [e.figure(f"{d:.0f}", f"shape-{s}") for s, d in zip(sides, deep, strict=True)],
            ["mean"] * 2,
        )
    if m.of("turnover")["x"].notna().any() and m.trusted("turnover"):
        lost = [own_half_turnovers(m, s) for s in sides]
        few = [m.few(m.events.loc[v]) for v in lost]
        tile(
            "Of them, in the own half",
            [e.plays(len(v), f"own-half-{s}", v) for s, v in zip(sides, lost, strict=True)],
            [f"{c.range} right" if c.range else "" for c in few],
        )
    rates = [
        [p.metres_per_min for p in f.lines if p.player.side == s and p.metres_per_min and not f.m.is_keeper(p.player)]
        for s in sides
    ]
    if all(rates):
        tile(
            "Metres per minute seen" + (f", {m.words.field}" if m.keepers else ""),
            [e.figure(f"{np.mean(r):.0f}", "players") for r in rates],
            [f"{len(r)} players" for r in rates],
        )
    for both in pairs(f):
        if len(out) < MOST_TILES and both[HOME].name not in ("possession", "final_third"):
            tile(both[HOME].what, [value_of(f, both[s]) for s in sides], measure=both[HOME].name)
    return out[:MOST_TILES]


def _before(f: Facts, name: str, side: int) -> str:
    """Return what a team's last games in the library say of a number, "last 3: 52%"; "" where there is none."""
    own = next((k for k in f.usual.own if k.name == name and k.side == side), None) if f.usual else None
    team = f.m.game.teams[side].name.strip("\u2068\u2069")
    last = f.usual.last(name, team, f.m.game.date) if f.usual and own else None
    return f"last {last[1]}: {written(last[0], own)}" if last and own else ""
