"""What further models say of one event, in lines: the likely receivers, a second opinion, the log's own word."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sportsai.report.material import Material

_EVENT_OF = {"recovery": "puck_recovery"}  # what a model calls it -> what the league does
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ORDINAL = {1: "st", 2: "nd", 3: "rd"}


def remarks(m: Material, about: Mapping[str, Any]) -> list[str]:
    """Return the lines for an event's attributes, [] where no further model spoke."""
    return [line for said in (_corrected, _given, _receiver, _opinion, _moment) if (line := said(m, about))]


def ordinal(n: int) -> str:
    """Return "1st", "2nd", "11th"."""
    return f"{n}{'th' if n % 100 in (11, 12, 13) else _ORDINAL.get(n % 10, 'th')}"


def classes_text(m: Material, classes: Mapping[str, Any], most: int = 3) -> str:
    """Return "pass 93 %, carry 5 %": the likeliest first, none under 1 % but the first."""
    ranked = sorted(classes.items(), key=lambda c: -float(c[1]))[:most]
    kept = [c for i, c in enumerate(ranked) if i == 0 or float(c[1]) >= 0.01]
    return ", ".join(f"{type_text(m, k)} {float(v):.0%}" for k, v in kept)


def type_text(m: Material, name: str) -> str:
    """Return an event type or class in running words: "dump-in", "puck recovery"."""
    name = _EVENT_OF.get(name, name)
    if name in m.league.events:
        return m.event_label(name).lower()
    return m.league.label_titles.get(name, name.replace("_", " ")).lower()


def _corrected(m: Material, about: Mapping[str, Any]) -> str:
    """Return who said that the event is right, or what it is, and what the model had said."""
    said = about.get("correction")
    if not isinstance(said, Mapping):
        return ""
    words = {"confirm": "Confirmed", "relabel": "Relabelled", "add": "Added", "reject": "Rejected"}
    line = f"{words.get(str(said['action']), 'Corrected')} by {said['by']}, {day_text(str(said['at']))}"
    was = said.get("was")
    if isinstance(was, Mapping):
        sure = "" if was.get("score") is None else f" ({float(was['score']):.0%})"
        who = f", {m.player_name(was['player_id'])}" if was.get("player_id") is not None else ""
        whose = "log" if was.get("score") is None else "model"
        line += f"; the {whose} said {type_text(m, str(was['type']))}{who}{sure}"
    return f"{line}." + (f" {said['note']}" if said.get("note") else "")


def day_text(moment: str) -> str:
    """Return the day of an ISO time as it is read: "22 Nov 2026"."""
    day = datetime.fromisoformat(moment)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _given(m: Material, about: Mapping[str, Any]) -> str:
    """Return what the analyst said of this moment, and what the model said before."""
    given = about.get("given")
    if not isinstance(given, Mapping) or not given:
        return ""
    names = [type_text(m, n) for n, holds in given.items() if holds]
    said = f"Given by the analyst: {', '.join(names)}." if names else ""
    before = about.get("refined_from")
    return f"{said} Before that the model said {type_text(m, str(before))}.".strip() if before else said


def _receiver(m: Material, about: Mapping[str, Any]) -> str:
    likely = about.get("likely_receivers")
    if not likely:
        return ""
    got = about.get("receiver")
    first = f"{m.player_name(likely[0][0])} {float(likely[0][1]):.0%}"
    if not isinstance(got, Mapping):
        named = ", ".join(f"{m.player_name(i)} {float(p):.0%}" for i, p in likely)
        return f"Likeliest receivers: {named}."
    rank, p = int(got["rank"]), float(got["p"])
    who = m.player_name(got["id"]) if got.get("id") is not None else "The receiver"
    place = "likeliest" if rank == 1 else f"{ordinal(rank)} likeliest"
    rest = "" if rank == 1 else f"; the likeliest: {first}"
    return f"{who[:1].upper()}{who[1:]} was the {place} receiver ({p:.0%}){rest}."


def _opinion(m: Material, about: Mapping[str, Any]) -> str:
    said = about.get("second_opinion")
    if not isinstance(said, Mapping) or not said:
        return ""
    trained = " This model was trained on this game." if about.get("second_opinion_trained_on") else ""
    return f"Second opinion: {classes_text(m, said)}.{trained}"


def _moment(m: Material, about: Mapping[str, Any]) -> str:
    said = about.get("classes")
    if not isinstance(said, Mapping) or not said:
        return ""
    logged = about.get("logged")
    words = [str(w) for w in logged] if isinstance(logged, list) else [str(logged)] if logged else []
    log = " and ".join(type_text(m, w) for w in words)
    if about.get("moment") == "from the log":
        return f"Moment and player are from the log, which says: {log}. The model: {classes_text(m, said)}."
    text = classes_text(m, said)
    if about.get("moment") is None:  # a stretch, asked about at several moments
        return f"{text[:1].upper()}{text[1:]}: the mean of {about.get('moments', 1)} moments."
    return f"{text[:1].upper()}{text[1:]}: {about.get('moment')}, from {about.get('samples')} samples." + (
        f" The log says: {log}." if log else ""
    )
