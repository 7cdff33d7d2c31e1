"""Who did what in volleyball: contacts by person, and serving and receiving by rotation, where people are named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from markupsafe import Markup

from sportsai.report.material import Material
from sportsai.report.plays import Evidence
from sportsai.report.rallies import LOST, WON, Contact, Rally, contacts, how, made_up, rallies
from sportsai.report.rally_plays import see, see_rallies
from sportsai.report.section import Cell, Column, Section, Table

PAGE, ORDER, SPORTS = "players", 10, ("volleyball",)


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return who did what, None where nobody is named; of tracked footage the word that people are unnamed."""
    every, rows = rallies(m), []
    named = [c for c in contacts(m) if c.player is not None]
    if not named:
        unnamed = m.tracks is not None and m.game.provider == "video"
        if not unnamed:
            return None
        said = "People are followed, not named: a track is one person for as long as the camera kept him in sight, and "
        return Section("contacts", "Who did what", how=how(m, said + "nobody says who touched the ball."))
    done = _results(every)
    for player in sorted({c.player for c in named if c.player}, key=lambda p: (_side(named, p), p)):
        rows.append(_row(m, evidence, player, [c for c in named if c.player == player], done))
    columns = ("Serves", "Aces", "Serves lost", "Passes", "Sets", "Attacks", "Points won", "Points lost", "Blocks")
    best = max(rows, key=lambda r: r[7].value if isinstance(r[7].value, int) else 0)
    title = f"{best[0].text} wins most points by attack: {best[7].value} of {best[6].value} attacks"
    table = Table(title, (Column("Player", False), *map(Column, columns)), tuple(rows),
                  f"n = {len(named)} contacts; points won, lost: the rally ended with this attack.")  # fmt: skip
    turns = _rotations(m, evidence, every)
    said = (
        "An ace: the serve was the rally’s last contact and its side won; a serve lost: the other side won. A rotation "
        "is named by who serves in it: a side receives in the rotation of its last serve, so what it received before "
        "its first serve of a set is left out. Substitutes count as a rotation of their own."
    )
    return Section("contacts", "Who did what", tables=(table, *turns), how=how(m, said))


def _side(named: Sequence[Contact], player: str) -> int:
    return next(c.side for c in named if c.player == player)


def _results(every: Sequence[Rally]) -> dict[int, str]:
    """Return WON or LOST of attacks and serves a rally ended with, by row."""
    out: dict[int, str] = {}
    for r in every:
        for s in r.spells:
            if s.attack and s.after in (WON, LOST):
                out[s.attack.row] = s.after
        if r.serve and r.won and len(r.touches) == 1:
            out[r.serve.row] = WON if r.won.side == r.serve.side else LOST
    return out


def _row(
    m: Material, evidence: Evidence, player: str, mine: Sequence[Contact], done: dict[int, str]
) -> tuple[Cell, ...]:
    def cell(name: str, kind: str, result: str | None = None) -> Cell:
        found = [c for c in mine if c.kind == kind and (result is None or done.get(c.row) == result)]
        return Cell(see(m, evidence, len(found), f"{name}-of-{player}", found), len(found))

    name = m.player_name(player)
    return (
        Cell(name, name, mine[0].side), cell("serves", "serve"), cell("aces", "serve", WON),
        cell("faults", "serve", LOST), cell("passes", "pass"), cell("sets", "set"), cell("attacks", "spike"),
        cell("kills", "spike", WON), cell("errors", "spike", LOST), cell("blocks", "block"),
    )  # fmt: skip


def _rotations(m: Material, evidence: Evidence, every: Sequence[Rally]) -> tuple[Table, ...]:
    """Return points by rotation, named by its server."""
    serving: dict[tuple[int, str], list[Rally]] = defaultdict(list)
    receiving: dict[tuple[int, str], list[Rally]] = defaultdict(list)
    last: dict[tuple[int, int], str] = {}
    unknown = 0
    for r in every:
        if r.serve is None or r.won is None or r.serve.player is None:
            continue
        side, other = r.serve.side, 1 - r.serve.side
        serving[side, r.serve.player].append(r)
        last[r.period, side] = r.serve.player
        if (r.period, other) in last:
            receiving[other, last[r.period, other]].append(r)
        else:
            unknown += 1
    rows, shares = [], []
    for side, player in sorted(set(serving) | set(receiving)):
        served, received = serving[side, player], receiving[side, player]
        kept = [r for r in served if r.won and r.won.side == side]
        out = [r for r in received if r.won and r.won.side == side]

        def link(text: object, found: Sequence[Rally], which: str, key: str = f"{side}-{player}") -> Markup:
            return see_rallies(m, evidence, text, f"{which}-by-{key}", found)

        name = m.player_name(player)
        shares.append((len(out) / len(received) if received else 1.0, name, len(out), len(received)))
        rows.append((
            Cell(name, name, side), Cell(link(len(served), served, "served"), len(served)),
            Cell(link(len(kept), kept, "kept"), len(kept)), _share(len(kept), len(served)),
            Cell(link(len(received), received, "received"), len(received)), Cell(link(len(out), out, "out"), len(out)),
            _share(len(out), len(received)),
        ))  # fmt: skip
    if not rows:
        return ()
    low = min(shares)
    title = f"Fewest side-outs in the rotation of {low[1]}: {low[2]} of {low[3]} received"
    columns = (Column("Rotation of", False), Column("Rallies served"), Column("Won"), Column("Share"),
               Column("Rallies received"), Column("Won (side-out)"), Column("Share"))  # fmt: skip
    note = f"n = {sum(map(len, serving.values()))} rallies; {unknown} received before the first serve of a set."
    return (Table(title, columns, tuple(rows), f"{note} {made_up(m)}".strip()),)


def _share(part: int, whole: int) -> Cell:
    return Cell(f"{part / whole:.0%}", part / whole) if whole else Cell("–", -1.0)
