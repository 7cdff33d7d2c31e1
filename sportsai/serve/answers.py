"""What the page sends, checked and kept: answers to events, and the question what follows from them."""

from __future__ import annotations

from typing import Any

from sportsai.errors import DataError, one_line
from sportsai.library import Library
from sportsai.library.corrections import LOG, OWN, Correction, make, withdrawn
from sportsai.library.desk import Desk, clock_of
from sportsai.report.remarks import day_text

_TEXTS = ("action", "event", "of", "type", "player", "by", "note", "id")
_DONE = {"confirm": "Confirmed", "reject": "Rejected", "relabel": "Changed", "add": "Added", "withdraw": "Taken back"}


def keep(library: Library, game_id: str, body: Any) -> dict[str, Any]:
    """Keep the answer in a request's JSON and return what was kept; DataError where it cannot be.

    body: action; event, frame and of ("events" or "search") say which; type, player: what it is; id: of a withdrawal.
    """
    if not isinstance(body, dict):
        raise DataError("this is no answer", expected="an object in JSON")
    for key, value in body.items():
        if key == "frame" and (isinstance(value, bool) or not isinstance(value, int)):
            raise DataError(one_line(repr(value), 40), key="frame", expected="a whole number")
        if key not in (*_TEXTS, "frame") or (key != "frame" and not isinstance(value, str)):
            raise DataError(f'"{one_line(key, 40)}" is not understood', expected=f"texts: {', '.join(_TEXTS)}")
    said = _said(library, game_id, body)
    library.correct(game_id, [said])
    return told(library, game_id, said) | {"event": body.get("event", "")}


def _said(library: Library, game_id: str, body: dict[str, Any]) -> Correction:
    action, by, note = body.get("action"), body.get("by", ""), body.get("note", "")
    if action == "withdraw":
        return make("withdraw", by, of=body.get("id", ""), note=note)
    if action not in ("confirm", "reject", "relabel"):
        raise DataError(f'"{one_line(action, 40)}"', key="action", expected="confirm, reject, relabel or withdraw")
    desk, event = _desk(library, game_id, body.get("of", "events"), body.get("event", ""), body.get("frame"))
    if action == "relabel":
        type_, player = body.get("type"), body.get("player")
        if not type_ and not player:
            raise DataError("neither an event nor a player", key="type", expected="what it is")
        return desk.relabel(event, by, type_=type_ or None, player=player or None, note=note)
    return desk.confirm(event, by, note) if action == "confirm" else desk.reject(event, by, note)


def _desk(library: Library, game_id: str, of: str, event: str, frame: int | None) -> tuple[Desk, str]:
    """Return the desk on which an event of a page lies: the analysis (or the search), else the log beside it."""
    if of not in ("events", "search"):
        raise DataError(f'"{one_line(of, 40)}"', key="of", expected="events or search")
    first = Desk(library, game_id, kind="detect" if of == "search" else None)
    desks = [first] if first.stream in (LOG, "detect") else [first, Desk(library, game_id, kind=LOG)]
    for desk in desks:
        rows = desk.rows[desk.rows["event_id"] == event]
        if len(rows) and (frame is None or event.startswith(OWN) or int(rows["frame"].iloc[0]) == frame):
            return desk, event
    raise DataError(f'no event "{one_line(event, 60)}" in this game now', key="event", todo="Load the page again.")


def told(library: Library, game_id: str, c: Correction) -> dict[str, Any]:
    """Return a correction as the page shows it: its id, what was done, by whom, and what of."""
    text = f"{_DONE[c.action]} by {c.by}, {day_text(c.made_at)}"
    event = c.now or c.was
    facts = library.facts(game_id)
    if c.action == "relabel" and event is not None:
        who = next((p["short_name"] or p["name"] for p in facts["roster"] if p["id"] == event.player_id), "")
        text = f"{_DONE[c.action]} to {event.type.replace('_', ' ')}{', ' + who if who else ''} by {c.by}, " + day_text(
            c.made_at
        )
    when = clock_of(facts)(event.period, event.t_s) if event is not None else ""
    return {"id": c.id, "action": c.action, "by": c.by, "text": text, "when": when, "of": c.of or "",
            "what": "" if event is None else (c.was or event).type.replace("_", " "), "note": c.note}  # fmt: skip


def history(library: Library, game_id: str) -> dict[str, Any]:
    """Return everything that was said of a game, the newest first, and which of it counts no more."""
    said = library.corrections(game_id)
    gone = withdrawn(said)
    return {"said": [told(library, game_id, c) | {"gone": c.id in gone} for c in reversed(said)]}


def refine(library: Library, game_id: str) -> dict[str, Any]:
    """Let the game's label model say what follows from what was said, and return how much moved."""
    from sportsai.analysis.refine import refine_game

    _, run = refine_game(library, game_id, ())
    part = run["refine"]
    labels = sorted(part["labels"], key=lambda d: -abs(d["after"] - d["before"]))
    return {
        "run": run["run_id"], "moments": part["moments"], "given": part["given_labels"], "changed": part["changed"],
        "moved": [[d["title"], d["before"], d["after"]] for d in labels[:5] if abs(d["after"] - d["before"]) >= 0.05],
    }  # fmt: skip
