"""What a person says of a game's events, kept for good: who said it, when, what the event was and what it is now.

    <library>/games/<game>/corrections.jsonl    one correction a line, oldest first; nothing is ever taken out

It lies beside `current`, not in a version folder, so that reading the game again or analysing it anew leaves it alone.
Of several corrections of one event the latest counts; one that was withdrawn counts no more, and stays in the file.
"""

from __future__ import annotations

import getpass
import math
import os
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from sportsai.errors import DataError, StoreError, nearest, one_line
from sportsai.library.atomic import write_bytes

FILE = "corrections.jsonl"
ACTIONS = ("confirm", "reject", "relabel", "add", "withdraw")
LOG = "log"  # the stream of what the provider logged; the others are the kinds of runs, "" that of analyses
OWN = "correction-"  # what the id of an event starts with that only a correction holds
MOST_NAME, MOST_NOTE = 80, 500
MOST_S, MOST_M, MOST_FRAME = 100_000, 10_000, 2**31 - 1  # of a moment, a place, a frame


@dataclass(frozen=True)
class Marked:
    """An event as a correction keeps it: in which run, which, when, what and whose.

    run_id: "" of the provider's log. stream: the run's kind, "" of an analysis, LOG of the log. Places in metres as
    stored, None unknown. [start_frame, end_frame): its evidence.
    """

    run_id: str
    stream: str
    event_id: str
    period: int
    t_s: float
    frame: int
    type: str
    side: int = -1
    player_id: str | None = None
    x: float | None = None
    y: float | None = None
    start_frame: int = 0
    end_frame: int = 0
    score: float | None = None


@dataclass(frozen=True)
class Correction:
    """One line of the file.

    was: the event as the model (or the log) has it, None of one that was added. now: what it is, None where nothing of
    it changes. of: the correction a withdrawal takes back. about: an earlier correction of the same event, where the
    ids of runs and events do not already say that it is the same.
    """

    id: str
    made_at: str
    by: str
    action: str
    was: Marked | None = None
    now: Marked | None = None
    of: str | None = None
    about: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Standing:
    """What counts of one event.

    thread: the id of its first correction. latest: the one that counts. spots: under which (run, event) ids it was ever
    corrected. added: whether only people saw it.
    """

    thread: str
    latest: Correction
    spots: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    added: bool = False

    @property
    def action(self) -> str:
        """The latest action; "add" of an event that only people saw, however it was changed since."""
        return "add" if self.added and self.latest.action != "reject" else self.latest.action

    @property
    def event(self) -> Marked:
        """The event as it stands now."""
        event = self.latest.now or self.latest.was
        assert event is not None
        return event

    @property
    def own_id(self) -> str:
        """The id of the event where it stands for itself, without one that a model found."""
        return OWN + self.thread


def default_name() -> str:
    """Return who corrects where nobody says: SPORTSAI_ANALYST, else the login name."""
    try:
        return os.environ.get("SPORTSAI_ANALYST", "").strip() or getpass.getuser()
    except (KeyError, OSError):  # a user id without a name
        return "unknown"


def make(
    action: str, by: str, *, was: Marked | None = None, now: Marked | None = None, of: str | None = None,
    about: str | None = None, note: str = "",
) -> Correction:  # fmt: skip
    """Return a new correction of this moment; DataError where the name or the note cannot be kept."""
    made, name = datetime.now(UTC).isoformat(timespec="milliseconds"), uuid.uuid4().hex[:12]
    if action == "add" and now is not None:
        now = replace(now, event_id=OWN + name)
    correction = Correction(name, made, by.strip(), action, was, now, of, about, note.strip())
    problem = problem_of(correction)
    if problem:
        raise DataError(problem[0], key=problem[1], expected=problem[2])
    return correction


def problem_of(c: Correction) -> tuple[str, str, str] | None:
    """Return what is wrong, the key and what was expected, None of a correction that can be kept."""
    if c.action not in ACTIONS:
        return f'"{one_line(c.action, 40)}" is no action', "action", f"one of {', '.join(ACTIONS)}"
    if not c.id or len(c.id) > 40 or not all(x.isalnum() or x == "-" for x in c.id) or not c.id.isascii():
        return f'"{one_line(c.id, 40)}" is no id', "id", "letters, digits and '-'"
    try:
        moment = datetime.fromisoformat(c.made_at)
    except ValueError:
        moment = datetime.min  # has no zone, which is what is asked next
    if moment.tzinfo is None:
        return f'"{one_line(c.made_at, 40)}" is no time', "made_at", "an ISO time with its zone"
    for key, text, most in (("by", c.by, MOST_NAME), ("note", c.note, MOST_NOTE)):
        if len(text) > most or one_line(text, most + 1) != " ".join(text.split()) or "\n" in text:
            return f'"{one_line(text, 40)}" cannot be kept', key, f"one line of {most} characters at most"
    if not c.by:
        return "nobody is named", "by", "a name"
    if (c.action == "withdraw") != (c.of is not None):
        return f'"of" is {c.of!r} of a {c.action}', "of", "a correction's id of a withdrawal, else nothing"
    missing = {"confirm": c.was, "reject": c.was, "relabel": c.was and c.now, "add": c.now}.get(c.action, True)
    if missing is None:
        return f"a {c.action} does not say of which event", "was", "the event"
    for event in (c.was, c.now):
        if event is not None and not (event.type and event.event_id and event.period >= 1):
            return "an event without type, id or period", "was", "an event"
        if event is not None and not math.isfinite(event.t_s):
            return "an event without a time", "t_s", "seconds"
        wrong = None if event is None else _beyond(event)
        if wrong:
            return wrong
    if c.action == "add" and c.now is not None and c.now.event_id != OWN + c.id:
        return f'event "{one_line(c.now.event_id, 40)}" is added', "now", f'"{OWN}{c.id}"'
    return None


def _beyond(e: Marked) -> tuple[str, str, str] | None:
    """Return what cannot be of an event, the key and what was expected; None where everything can."""
    for key, value, least, most in (
        ("period", e.period, 1, 99), ("side", e.side, -1, 1), ("t_s", e.t_s, -MOST_S, MOST_S), ("score", e.score, 0, 1),
        ("x", e.x, -MOST_M, MOST_M), ("y", e.y, -MOST_M, MOST_M), ("frame", e.frame, -MOST_FRAME, MOST_FRAME),
        ("start_frame", e.start_frame, -MOST_FRAME, MOST_FRAME), ("end_frame", e.end_frame, -MOST_FRAME, MOST_FRAME),
    ):  # fmt: skip
        if value is not None and not least <= value <= most:
            return one_line(f"{value:g}" if isinstance(value, float) else str(value), 40), key, f"{least:,} to {most:,}"
    return None


# ---- the file --------------------------------------------------------------------------------------------------------


def read(path: Path) -> list[Correction]:
    """Return the corrections in a file, [] where there is none; StoreError naming the first line that is damaged."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as bad:
        raise StoreError(f"the corrections cannot be read ({bad.strerror})", where=path) from None
    found: list[Correction] = []
    seen: set[str] = set()
    for n, line in enumerate(content.splitlines(), 1):
        try:
            one = _from_json(orjson.loads(line))
            problem = problem_of(one)
            reason = problem and f'{problem[0]}, "{problem[1]}"'
            if one.id in seen:
                reason = f'id "{one.id}" stands twice'
            if one.action == "withdraw" and one.of not in seen:
                reason = f'it withdraws "{one_line(one.of, 40)}", which no line before it is'
        except (ValueError, TypeError, KeyError, AttributeError) as bad:
            reason = one_line(bad, 120) or type(bad).__name__
        if reason:
            raise StoreError(
                f"this correction is damaged ({reason})", where=f"{path}, line {n}", expected="a correction in JSON",
                todo="Put the line right, or take it out; all others are kept.",
            )  # fmt: skip
        seen.add(one.id)
        found.append(one)
    return found


def write(path: Path, corrections: Iterable[Correction]) -> None:
    """Write the whole file, all or nothing. Held under the game's lock."""
    write_bytes(path, b"".join(to_json(c) + b"\n" for c in corrections))


def to_json(correction: Correction) -> bytes:
    """Return a correction as one line of JSON, without what is empty."""
    told = {k: v for k, v in asdict(correction).items() if v not in (None, "")}
    return orjson.dumps(told, option=orjson.OPT_SERIALIZE_NUMPY)


_MARKED = {f.name: f for f in fields(Marked)}
_NUMBERS = {"period": int, "t_s": float, "frame": int, "side": int, "x": float, "y": float, "start_frame": int,
            "end_frame": int, "score": float}  # fmt: skip


def _from_json(raw: dict[str, Any]) -> Correction:
    known = {f.name for f in fields(Correction)}
    extra = set(raw) - known
    if extra:
        raise ValueError(f'unknown key "{one_line(min(extra), 40)}"')
    for key in known - {"was", "now"}:
        if not isinstance(raw.get(key, ""), str):
            raise TypeError(f'"{key}" is no text')
    return Correction(**{**raw, **{k: _marked(raw[k]) for k in ("was", "now") if raw.get(k) is not None}})


def _marked(raw: dict[str, Any]) -> Marked:
    extra = set(raw) - set(_MARKED)
    if extra:
        raise ValueError(f'unknown key "{one_line(min(extra), 40)}"')
    values: dict[str, Any] = {}
    for key, value in raw.items():
        kind = _NUMBERS.get(key)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float) if kind is float else (kind or str)):
            raise TypeError(f'"{key}" is {one_line(repr(value), 40)}')
        values[key] = kind(value) if kind else value
    return Marked(**values)


def together(old: Sequence[Correction], new: Sequence[Correction]) -> list[Correction]:
    """Return the file's corrections with new ones after them; one already there, word for word, is not said twice.

    Raises DataError where another one has its id, or where a withdrawal names none that still counts.
    """
    by_id = {c.id: c for c in old}
    gone = withdrawn(old)
    out = list(old)
    for c in new:
        if by_id.get(c.id) == c:
            continue
        if c.id in by_id:
            raise DataError(f'correction "{c.id}" is there already, and says something else', key="id")
        if c.action == "withdraw" and c.of not in by_id:
            raise DataError(f'no correction "{one_line(c.of, 40)}"', key="withdraw", expected="an id of the history",
                            todo=nearest(str(c.of), by_id) if by_id else "There is none yet.")  # fmt: skip
        if c.action == "withdraw" and c.of in gone:
            raise DataError(f'correction "{c.of}" is withdrawn already', key="withdraw")
        by_id[c.id] = c
        out.append(c)
        gone = withdrawn(out)
    return out


# ---- what counts -----------------------------------------------------------------------------------------------------


def withdrawn(history: Sequence[Correction]) -> set[str]:
    """Return the ids of the corrections that count no more; a withdrawal may itself be withdrawn."""
    gone: set[str] = set()
    for c in reversed(history):
        if c.action == "withdraw" and c.id not in gone and c.of is not None:
            gone.add(c.of)
    return gone


def standing(history: Sequence[Correction]) -> list[Standing]:
    """Return what counts of each event that was ever corrected and still is, in the order they were first corrected."""
    gone = withdrawn(history)
    thread_of: dict[str, str] = {}  # a correction's id, or the id of its own event -> the thread's first correction
    by_spot: dict[tuple[str, str], str] = {}
    threads: dict[str, list[Correction]] = {}
    for c in history:
        if c.action == "withdraw":
            continue
        spot = (c.was.run_id, c.was.event_id) if c.was else None
        name = thread_of.get(c.about or "") or (spot and (thread_of.get(spot[1]) or by_spot.get(spot))) or c.id
        thread_of[c.id] = name
        thread_of[OWN + name] = name
        if spot:
            by_spot.setdefault(spot, name)
        threads.setdefault(name, []).append(c)
    out = []
    for name, mine in threads.items():
        counts = [c for c in mine if c.id not in gone]
        if not counts or (mine[0].action == "add" and mine[0].id in gone):
            continue
        spots = {(c.was.run_id, c.was.event_id) for c in mine if c.was}
        spots |= {(c.now.run_id, c.now.event_id) for c in mine[:1] if c.action == "add" and c.now}
        out.append(Standing(name, counts[-1], frozenset(spots), mine[0].action == "add"))
    return out
