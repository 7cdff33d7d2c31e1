"""Everything the templates write of a game, page by page, and the plays that its numbers open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from markupsafe import Markup

from sportsai.data import AWAY, HOME
from sportsai.errors import one_line
from sportsai.report import provenance, told
from sportsai.report.colors import ink_on
from sportsai.report.figures.coverage import coverage
from sportsai.report.figures.heat import team_heat
from sportsai.report.figures.network import network
from sportsai.report.figures.quarters import quarters
from sportsai.report.figures.scores import scores
from sportsai.report.figures.shape import shape
from sportsai.report.figures.still import still
from sportsai.report.figures.timeline import timeline
from sportsai.report.findings import facts, findings
from sportsai.report.material import Material
from sportsai.report.moments import (
    BOX,
    GAIN,
    LEAST_P,
    MOST_GAIN_M,
    NEAR,
    ONLY,
    RALLIES_HOW,
    Moment,
    after,
    found_moments,
    key_moments,
)
from sportsai.report.players import player_lines
from sportsai.report.plays import Evidence, Play, event_plays, possession_plays, speed_plays, start_plays
from sportsai.report.remarks import remarks
from sportsai.report.rows import band_names, key_rows, player_rows, tiles
from sportsai.report.section import parts_of, sections
from sportsai.report.svg import court_symbol
from sportsai.report.territory import stretches
from sportsai.report.usual import Usual

MINUTE_S, QUARTER_S = 60.0, 900.0
MOST_FINDINGS = 3
LEAST_KEYS = 8  # events with a player, for a table of who was the key player of most
Said = Callable[[str], None]


@dataclass(frozen=True)
class Contents:
    """page: what the templates read. evidence: every play, and the lists that numbers open; the first `events` plays
    are the game's events. model: who found them."""

    page: dict[str, Any]
    evidence: Evidence
    events: int
    model: str


def contents(m: Material, say: Said, command: str, against: Usual | None = None) -> Contents:
    """Return everything the templates write."""
    evidence = Evidence()
    say("following the ball")
    minutes, quarter_hours = stretches(m, MINUTE_S), stretches(m, QUARTER_S)
    found = found_moments(m.search) if m.search else []
    ranked, ranked_how = sport_moments(m)
    moments = found or ranked
    source = m.search if m.search and found else m  # whose events the key moments are
    plays = evidence.shown
    events = len(evidence.add(event_plays(m, [] if found else moments)))
    say("measuring the players")
    lines = player_lines(m)
    won = [i for i in m.events.index[m.events["type"] == "turnover"] if int(m.events["side"].iloc[i]) in (HOME, AWAY)]
    afters = [(i, a) for i in won if (a := after(m, i, 1 - int(m.events["side"].iloc[i]))) is not None]
    f = facts(m, evidence, lines, afters, against)
    said = told.headlines(m, evidence)
    said += [] if m.brief else findings(f, MOST_FINDINGS - len(said))
    say("drawing")
    tops = speed_plays(m, lines)
    fastest = dict(zip([who for who, _ in tops], evidence.add([p for _, p in tops]), strict=True))
    styled = [evidence.add(mine) for mine in possession_plays(m, m.part("styles").get("teams") or [])]
    rows = player_rows(m, lines, evidence, fastest)
    begins = evidence.add(start_plays(m, m.part("outcomes").get("likeliest_shots") or []))
    most = (m.part("refine").get("most") or [])[: told.REFINED]
    changed = {e["number"]: e["row"] for e in most if e["row"] >= 0}
    fresh = [e for e in most if e["row"] < 0]
    begun = evidence.add(start_plays(m, [{**e, "classes": {e["label"]: e["after"]}} for e in fresh]))
    changed |= {e["number"]: n for e, n in zip(fresh, begun, strict=False)}  # without tracks there are no plays
    at = {k.index: k.index for k in moments}  # a moment's event -> its play
    if found:
        searched = event_plays(source, moments)
        shown = evidence.add([searched[k.index] for k in moments])
        at = {k.index: n for k, n in zip(moments, shown, strict=True)}
    about = _about(m)
    drawn = [] if m.brief else timeline(m, minutes, moments, source)
    page = {
        "m": m,
        "game": m.game,
        "names": m.names,
        "title": m.game.title,
        "version": _version(),
        "about": about,
        "notes": (*m.notes, *_unread(against)),
        "doubts": m.doubts,
        "command": command,
        "colors": m.colors,
        "inks": {k: [ink_on(c) for c in getattr(m.colors, k)] for k in ("light", "dark")},
        "court": court_symbol(m.court),
        "ratio": m.court.length_m / m.court.width_m,
        "findings": said,
        "tiles": tiles(f),
        "saw": _saw(m, evidence, bool(drawn)),
        "none_told": _none_told(m),
        "events_n": f"{len(m.events):,}",
    }
    page |= _timeline(m, drawn) | _moments(source, moments, plays, at, ranked_how) | _team(m, evidence, quarter_hours)
    page |= told.styles(m, evidence, styled) | told.receivers(m, evidence) | told.outcomes(m, evidence, begins)
    page |= told.refined(m, evidence, changed)
    page |= {"passes": m.counts_passes, "losses": m.words.losses, "ball": m.words.ball, "sure": m.recognised}
    page |= {"rows": rows, "bands": band_names(), "players_how": _players_how(m)}
    page |= _key_players(m, evidence) | _model(m)
    page["sections"] = sections(m, evidence)
    return Contents(page, evidence, events, _model_name(m.run) if m.run else "")


def _model_name(run: dict[str, Any]) -> str:
    """Return the model and the start of its weights' sha256, which the model page gives in full."""
    weights = str(run.get("weights_sha256") or "")[:8]
    return str(run.get("model") or run.get("run_id")) + (f", weights {weights}" if weights else "")


def _unread(against: Usual | None) -> list[str]:
    """Return which games this one could not be held against, in words."""
    if against is None or not against.unread:
        return []
    shown = ", ".join(one_line(i, 40) for i in against.unread[:5])
    more = f" and {len(against.unread) - 5} more" if len(against.unread) > 5 else ""
    one = len(against.unread) == 1
    return [f"Left out of what is usual, for {'it' if one else 'they'} could not be read: {shown}{more}."]


def _version() -> str:
    try:
        return version("sportsai")
    except PackageNotFoundError:  # a source tree that was never installed
        return "0"


def _about(m: Material) -> list[str]:
    g = m.game
    parts = [
        g.competition or m.league.full_name,
        g.date,
        g.venue,
        "a clip, not a whole game" if g.kind != "game" else None,
    ]
    return [p for p in parts if p]


def _saw(m: Material, evidence: Evidence, timed: bool) -> list[Markup]:
    q = m.quality
    if q is None or m.tracks is None:
        return []
    everyone = 2 * (m.court.players_per_side or 0)
    of = f" of {everyone}" if everyone else ""
    seen = "{} of play observed" if q["observed_share"] >= q["ball_share"] else "players seen in {} of play"
    out = [
        Markup(seen).format(evidence.figure(f"{q['observed_share']:.0%}", "quality")),
        Markup("{}{} players on camera at the median").format(
            evidence.figure(f"{q['players_median']:.0f}", "coverage"), of
        ),
        Markup("{} seen in {} of play").format(m.words.ball, evidence.figure(f"{q['ball_share']:.0%}", "quality")),
        Markup("longest gap {}").format(
            evidence.figure(f"{q['longest_gap_s']:.0f} s", "timeline" if timed else "quality")
        ),
    ]
    if len(m.events):
        logged = ~np.isfinite(m.events["score"].to_numpy(float))
        for which, what in ((~logged, "recognised"), (logged, "logged")):
            if which.any():
                n = evidence.plays(f"{int(which.sum()):,}", what, list(m.events.index[which]), "run")
                out.append(Markup("{} event{} {}").format(n, "s" if which.sum() > 1 else "", what))
    if m.recognised:
        flags = [a["trained_on"] for a in m.events["attributes"] if isinstance(a, dict) and "trained_on" in a]
        if any(flags):
            share = evidence.figure(f"{sum(map(bool, flags)) / len(flags):.0%}", "run")
            out.append(Markup("{} of those recognised in the part the model learnt from").format(share))
    return out


def _timeline(m: Material, drawn: list[Any]) -> dict[str, Any]:
    what = "whole game" if m.game.kind == "game" else "clip"
    title = f"The {what}, minute by minute"
    how = (
        "Bars: seconds of possession a minute. Below: mean place of the "
        f"{m.words.ball}, 1 bar a minute. Numbers: key moments. Grey: no player was seen, nor the {m.words.ball}."
    )
    if m.league.sport == "volleyball":
        title, how = "The sets, rally by rally", "Points of lead after each rally. Numbers: key moments."
    return {"timeline": drawn, "timeline_title": title, "timeline_how": how}


def _none_told(m: Material) -> str:
    """Return why no finding is told."""
    if m.tracks is None:
        return "There are no positions to compare the teams by" + (
            ": what was logged is counted below." if len(m.events) else ", and no event."
        )
    if m.brief:
        return "One play: too short to compare the teams."
    return "No difference between the teams is large and certain enough to be told in a sentence."


def sport_moments(m: Material) -> tuple[list[Moment], str]:
    """Return a game's key moments, and how they are ranked where its sport has a way of its own ("" else).

    A file of `sections/` that defines `key_moments(m)` and MOMENTS_HOW ranks those of its sports.
    """
    for part in parts_of(m.league.sport):
        if hasattr(part, "key_moments"):
            return part.key_moments(m), part.MOMENTS_HOW
    return key_moments(m), RALLIES_HOW if m.league.sport == "volleyball" else ""


def _moments(
    m: Material, moments: list[Moment], plays: list[Play], at: dict[int, int], ranked_how: str
) -> dict[str, Any]:  # fmt: skip
    shown = []
    for k in moments:
        play = plays[at[k.index]]
        who = f"{play.when} · {play.title}"
        if play.probability is not None:
            who += f" · probability {play.probability:.2f}"
        if play.sure is not None:
            who += f" (key player {play.sure:.2f})"
        if play.trained:
            who += " · seen in training"
        shown.append(
            {
                "index": at[k.index],
                "side": k.side,
                "title": k.title,
                "why": "" if k.why == ONLY or k.side < 0 else f"Rank: {k.why}",
                "who": who,
                "remarks": remarks(m, m.events["attributes"].iloc[k.index] or {}),
                "still": still(m, k).svg,
            }
        )
    how = (
        f"Ranked by probability × ({NEAR} near + {GAIN} gain + {BOX} box): how near the attacked {m.words.goal}, "
        f"metres gained towards it in ten seconds (of {MOST_GAIN_M:.0f} at most), and whether "
        f"the {m.words.ball} came into the {m.words.box or 'box'}. "
        "The team that profits attacks left to right. "
        f"The picture shows the moment; the dotted line is the {m.words.ball}’s way, faint before and dark after. "
        "The ring is the key player." + (f" Only events of probability {LEAST_P} or more." if m.recognised else "")
    )
    if (m.run or {}).get("kind") == "detect":
        how = provenance.search_how(m)
    elif ranked_how:
        how = ranked_how
    elif m.tracks is not None and not m.ball[1].any():
        how = (
            f"Shots, ranked by probability × nearness to the {m.words.goal}: the {m.words.ball} is not in the data, so "
            "what followed is not known. The team that shoots attacks left to right. The ring is the key player."
        )
    elif m.part("snaps") or (m.league.sport == "american_football" and m.brief):
        how = (
            "The play, at the snap. The offence attacks left to right; the dotted line is the ball’s way; the ring is "
            "the offence’s player nearest to the ball just after the snap."
        )
    missing = "No key moments: " + (
        "there are no positions to judge events by."
        if m.tracks is None
        else "no event was recognised."
        if not len(m.events)
        else f"the {m.words.ball} was seen too rarely after the events to judge them."
        if m.court.goal_right is not None
        else f"this {m.court.name or 'court'} has no goal to rank moments by."
    )
    return {"moments": shown, "moments_how": how, "moments_missing": missing}


def _team(m: Material, evidence: Evidence, quarter_hours: list[Any]) -> dict[str, Any]:
    def both(draw: Callable[[Material, int], Any]) -> list[Any]:
        return [d for s in (HOME, AWAY) if (d := draw(m, s)) is not None]

    unknown = [m.period_name(p) for p in m.periods if m.directions.get(p) is None]
    direction = f"On every {m.court.name or 'court'} the team it shows attacks from left to right."
    if unknown and m.tracks is not None:
        direction += f" The direction of the {', '.join(unknown)} is not known and shown as stored."
    return {
        "direction": "" if m.tracks is None else direction,
        "networks": both(lambda m, side: network(m, evidence, side)),
        "shapes": both(shape),
        "heats": both(team_heat),
        "quarters": [] if m.brief else quarters(m, quarter_hours),
        "team_missing": "Without positions there is no shape and no heat map."
        if m.tracks is None
        else "One play: too short for shapes, passing and territory. What happened is told under Match."
        if m.brief
        else "Too little was seen for shapes, passing and territory.",
        "no_network": "No passes: no pass network." if m.counts_passes else "",
        "quarters_head": "Possession and territory" + (" by the quarter-hour" if len(quarter_hours) > 1 else ""),
    }


def _players_how(m: Material) -> str:
    if m.tracks is None:
        return "Without tracking there are no minutes and no metres: events only."
    return (
        "What each player was seen to do. Nothing is stretched to the whole game: compare metres a minute seen, "
        "and mind how much "
        "of their time a player was on camera. Open a row for the map."
    )


def _key_players(m: Material, evidence: Evidence) -> dict[str, Any]:
    rows = key_rows(m, evidence)
    if sum(r["n"] for r in rows) < LEAST_KEYS:
        rows = []
    title = (
        f"{rows[0]['name']} is the key player of most events ({rows[0]['n']}"
        + (f", about {rows[0]['right']} of them right)" if m.recognised else " logged)")
        if rows
        else ""
    )
    how = f"The key player is the person most responsible: who passes, who loses the {m.words.ball}."
    if m.recognised:
        how += " The last column is how sure the model is of that person."
    return {"keys": rows, "keys_title": title, "keys_how": how}


def _model(m: Material) -> dict[str, Any]:
    types = [str(t) for t in m.events["type"].value_counts().index[:6]] if len(m.events) else []
    halves = provenance.trained_parts(m, types)
    shares = [h["share"] for h in halves if h["share"] is not None]
    text = "Events in a part the weights were trained on look better than they would elsewhere; trust the others more."
    if shares and max(shares) > 0.5 and min(shares) < 0.5:
        text += " The test scores above were measured only on the part the weights never saw."
    elif not shares:
        text = "The run does not say which part of this game its weights saw."
    q = m.quality or {}
    periods = [
        [
            m.period_name(p["period"]),
            f"{p['minutes']:.1f}",
            f"{p['frames']:,}",
            f"{p['observed_share']:.0%}",
            f"{p['ball_share']:.0%}",
        ]
        for p in q.get("periods", ())
    ]
    return {
        "how": provenance.how(m),
        **provenance.searched(m),
        "run": provenance.run_facts(m) if m.run else [],
        "run_notes": provenance.run_notes(m),
        "card": None if m.models else provenance.card(m),
        "models": provenance.models(m),
        "silent": provenance.silent(m),
        "scores": scores(m, m.tests),
        "halves": halves,
        "halves_text": text,
        "halves_types": [m.league.events[t].label if t in m.league.events else t for t in types],
        "no_run": ("No model but the search below ran on this game." if m.search else "No model ran on this game.")
        + (" Its events were logged by the provider." if len(m.events) else " It was not analysed."),
        "coverage": coverage(m, q) if q else None,
        "checks": q.get("findings", []),
        "period_rows": periods,
        "read": provenance.read_facts(m),
    }
