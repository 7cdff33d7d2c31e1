"""Volleyball's rallies: who served, what was played, who won them, and how the score went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from markupsafe import Markup

from sportsai.data import AWAY, HOME
from sportsai.report.figures.figure import Figure
from sportsai.report.figures.race import race
from sportsai.report.material import Material
from sportsai.report.measures import Measure
from sportsai.report.plays import Evidence
from sportsai.report.rallies import (
    GAP_FRAMES,
    GAP_S,
    Rally,
    by_picture,
    chain_text,
    how,
    rallies,
    running,
    sides,
    standings,
)  # fmt: skip
from sportsai.report.rally_plays import see_rallies
from sportsai.report.section import Bar, Cell, Clips, Column, Section, Table

PAGE, ORDER, SPORTS = "match", 10, ("volleyball",)
LEAST, MOST_CLIPS = 2, 3  # contacts
LEAST_SERVED = 10  # rallies, for a share to be held against other games


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return the rallies, None where fewer than two contacts were told."""
    every = rallies(m)
    if sum(len(r.contacts) for r in every) < LEAST:
        return None
    score = standings(m, every)
    figures = tuple(f for p in m.periods if (f := _race(m, every, score, p)) is not None)
    table = _table(m, evidence, every, score)
    return Section(
        "rallies", "Rallies", _says(m, evidence, every), _bars(m, evidence, every), figures,
        clips=_clips(m, evidence, every), how=how(m, _how(m, every)), heads=sides(m), folded=(table,),
    )  # fmt: skip


def measures(m: Material) -> list[Measure]:
    """Return each team's side-outs and points on its own serve, where serves and points are told."""
    every = rallies(m)
    if by_picture(m) or not all(r.serve and r.won for r in every):
        return []
    out = []
    for side in (HOME, AWAY):
        for name, server, says, what in (
            ("side_out_share", 1 - side, "{team} won {value} of the rallies they received.", "Side-outs"),
            ("break_share", side, "{team} won {value} of the rallies they served.", "Points on own serve"),
        ):
            found = [r for r in every if r.serve and r.serve.side == server]
            if len(found) < LEAST_SERVED:
                continue
            won, lost = _mine(found, side), [r for r in found if r.won and r.won.side != side]
            share, p = len(won) / len(found), (len(won) + 1) / (len(found) + 2)
            rows = [[r.contacts[0].row for r in x] for x in (found, won, lost)]
            out.append(
                Measure(
                    name, side, share, f"{share:.0%}", says, what, f"n = {len(found)} rallies", "serve and reception",
                    se=(p * (1 - p) / (len(found) + 2)) ** 0.5, plays=tuple(rows[0]), anchor="rallies", good=rows[1],
                    bad=rows[2],
                )
            )  # fmt: skip
    return out


def _how(m: Material, every: Sequence[Rally]) -> str:
    served = sum(r.serve is not None for r in every)
    begins = "A rally begins with a serve" if served else "No serve is told: a rally begins after a point"
    gap = f"{GAP_S:.0f} s" if m.tracks is not None else f"{GAP_FRAMES} frames"
    said = f"{begins}, in a new set, or after more than {gap} without a contact."
    missing = sum(r.won is None for r in every)
    if missing:
        said += f" Who won is not told of {missing} of {len(every)}: no score is counted, no share of points won."
    if by_picture(m):
        said += " Left and right are sides of the picture: which team stood there is not told, and teams change ends."
    if not m.recognised and m.tracks is None:
        said += " What was annotated is a choice of moments: contacts between them may be missing."
    return said


def _says(m: Material, evidence: Evidence, every: Sequence[Rally]) -> tuple[Markup, ...]:
    longest = max(every, key=lambda r: (len(r.touches), -r.number))
    n = see_rallies(m, evidence, len(every), "rallies-all", every)
    touches = len(longest.touches)
    said = Markup("{} {}; the longest has {} {}{}.").format(
        n, "rally" if len(every) == 1 else "rallies",
        see_rallies(m, evidence, touches, "rallies-longest", [longest]),
        "contact" if touches == 1 else "contacts",
        f" and was won by {running(m, longest.won.side)}" if longest.won is not None else "",
    )  # fmt: skip
    lines = [said]
    run = _run(every)
    if len(run) >= 4 and not by_picture(m) and all(r.won for r in every):
        winner = run[0].won
        assert winner is not None
        lines.append(
            Markup("The longest run: {} points in a row for {}.").format(
                see_rallies(m, evidence, len(run), "rallies-run", run), running(m, winner.side)
            )
        )
    return tuple(lines)


def _run(every: Sequence[Rally]) -> list[Rally]:
    """Return the longest run of rallies of one set that one side won."""
    best: list[Rally] = []
    now: list[Rally] = []
    for r in every:
        same = now and r.won and now[-1].won and now[-1].won.side == r.won.side and now[-1].period == r.period
        now = [*now, r] if same else [r] if r.won else []
        best = now if len(now) > len(best) else best
    return best


def _bars(m: Material, evidence: Evidence, every: Sequence[Rally]) -> tuple[Bar, ...]:
    out = []

    def bar(
        what: str, name: str, found: Sequence[Sequence[Rally]], of: Sequence[Sequence[Rally]] | None = None
    ) -> None:
        shown = [see_rallies(m, evidence, len(f), f"{name}-{s}", f) for s, f in enumerate(found)]
        note = ("", "")
        value: list[float | None] = [float(len(f)) for f in found]
        if of is not None:
            value = [len(f) / len(o) if o else None for f, o in zip(found, of, strict=True)]
            shown = [Markup("{} of {}").format(s, len(o)) for s, o in zip(shown, of, strict=True)]
            note = tuple("" if v is None else f"{v:.0%}" for v in value)  # type: ignore[assignment]
        if any(map(len, found)):
            out.append(Bar(what, (shown[0], shown[1]), (value[0], value[1]), note))

    both = (HOME, AWAY)
    won = [[r for r in every if r.won and r.won.side == s] for s in both]
    bar("Points won", "won", won)
    whole = [r for r in every if r.serve and r.won]
    if whole:
        serves = [[r for r in whole if r.serve and r.serve.side == s] for s in both]
        bar("Points won on own serve", "break", [_mine(serves[s], s) for s in both], serves)
        bar("Points won on the other’s serve (side-out)", "sideout", [_mine(serves[1 - s], s) for s in both],
            [serves[1 - s] for s in both])  # fmt: skip
    for word, what in (("ace", "Aces"), ("kill", "Points by an attack"), ("block", "Points by a block")):
        bar(what, word, [[r for r in won[s] if r.won and r.won.how == word] for s in both])
    return tuple(out)


def _mine(found: Sequence[Rally], side: int) -> list[Rally]:
    return [r for r in found if r.won and r.won.side == side]


def _race(m: Material, every: Sequence[Rally], score: dict[int, tuple[int, int]], period: int) -> Figure | None:
    mine = [r for r in every if r.period == period and r.number in score]
    if len(mine) < 5:
        return None
    after = [score[r.number] for r in mine]
    a, b = after[-1]
    lead = HOME if a >= b else AWAY
    high, low = max(a, b), min(a, b)
    over = high >= (15 if period == 5 else 25) and high - low >= 2
    name = m.period_name(period)
    if over:
        title = f"{m.names[lead]} win {name} {high}–{low}"
    elif high == low:
        title = f"{name.capitalize()} stands {high}–{low} where the data end"
    else:
        title = f"{m.names[lead]} lead {name} {high}–{low} where the data end"
    ahead = max((x[1 - lead] - x[lead] for x in after), default=0)
    if over and ahead >= 3:
        title += f", after trailing by {ahead}"
    return race(m, mine, after, title)


def _clips(m: Material, evidence: Evidence, every: Sequence[Rally]) -> tuple[Clips, ...]:
    """Return the longest rallies that each side won."""
    out = []
    for side in (HOME, AWAY):
        won = sorted((r for r in every if r.won and r.won.side == side), key=lambda r: (-len(r.touches), r.number))
        lines = tuple(
            Markup("{}: {} contacts{}").format(
                see_rallies(m, evidence, _called(m, r), f"long-{r.number}", [r]), len(r.touches),
                f", {r.won.how}" if r.won and r.won.how else "",
            )
            for r in won[:MOST_CLIPS]
            if len(r.touches) > 1
        )  # fmt: skip
        if lines:
            out.append(Clips(f"Longest rallies won by {running(m, side)}", lines))
    return tuple(out)


def _called(m: Material, r: Rally) -> str:
    first = r.contacts[0]
    return f"Rally {r.number}, " + (f"frame {first.frame:,}" if m.tracks is None else m.clock(r.period, first.t_s))


def _table(m: Material, evidence: Evidence, every: Sequence[Rally], score: dict[int, tuple[int, int]]) -> Table:
    served, told, clock = any(r.serve for r in every), any(r.won for r in every), m.tracks is not None
    sets = len({r.period for r in every}) > 1
    columns = [Column("Rally")]
    columns += [Column("Set")] if sets else []
    columns += [Column("Time" if clock else "Frame")]
    columns += [Column("Server", False)] if served else []
    columns += [Column("Contacts"), Column("Attacks"), Column("What was played", False)]
    columns += [Column("Won by", False)] if told else []
    columns += [Column("Ended by", False)] if any(r.won and r.won.how for r in every) else []
    columns += [Column("Score", False)] if score else []
    rows = []
    for r in every:
        first = r.contacts[0]
        spent = Counter(c.kind for c in r.touches)
        row = [Cell(see_rallies(m, evidence, r.number, f"told-{r.number}", [r]), r.number)]
        row += [Cell(str(r.period), r.period)] if sets else []
        row += [Cell(m.clock(r.period, first.t_s) if clock else f"{first.frame:,}", float(first.frame))]
        if served:
            who = (
                "" if r.serve is None else m.player_name(r.serve.player) if r.serve.player else running(m, r.serve.side)
            )
            row.append(Cell(who, who, r.serve.side if r.serve else None))
        row += [Cell(str(len(r.touches)), len(r.touches)), Cell(str(spent["spike"]), spent["spike"])]
        row.append(Cell(_played(m, r), chain_text(r.touches)))
        if told:
            row.append(Cell(sides(m)[r.won.side], r.won.side, r.won.side) if r.won else Cell("not told", 2))
        if len(columns) > len(row) and any(x.won and x.won.how for x in every):
            row.append(Cell(r.won.how if r.won else "", r.won.how if r.won else ""))
        if score:
            at = score.get(r.number)
            row.append(Cell(f"{at[0]}–{at[1]}" if at else "", sum(at) if at else None))
        rows.append(tuple(row))
    return Table(
        f"Every rally ({len(every)})", tuple(columns), tuple(rows), "Sorted in time; the number opens the rally."
    )


def _played(m: Material, r: Rally) -> str:
    """Return "S: serve | R: pass, set, attack": a side's contacts together."""
    marks = "LR" if by_picture(m) else "HA"
    parts: list[str] = []
    last = -1
    for c in r.touches:
        word = chain_text([c])
        parts.append(word if c.side == last else f"{' · ' if parts else ''}{marks[c.side]}: {word}")
        last = c.side
    return ", ".join(parts).replace(",  · ", " · ")
