"""What the language's parser complains of, in words: the column, what was expected there, a hint."""

from __future__ import annotations

import re
from typing import Any

from sportsai.queries.words import GROUPS, ORDERS, at_of
from sportsai.queries.wrong import QueryError, close

_JOINS = ("then", "and", "during", "within", "without", "by", "in", "for", "to", "with", "while", "after", "count")
_TAIL = re.compile(rf"\b(count|order by|top|limit|(by|per) ({'|'.join(GROUPS)})s?)\b", re.IGNORECASE)
_FILTERS = {"BY", "TO", "FOR", "AGAINST", "IN", "OUTSIDE", "IN_PERIOD", "IN_ORDINAL", "IN_GAME", "IN_LEAGUE", "WHILE",
            "PROBABILITY", "LABEL", "BETWEEN", "AFTER", "BEFORE", "WITHIN", "THEN", "AND", "AND_NOT"}  # fmt: skip
_WANTED = {
    "DURATION": "a length of time, such as 5s or 2min",
    "CLOCK": "a time of the clock, such as 60:00",
    "OPERATOR": "one of >=, >, <=, <, =",
    "NUMBER": "a number, such as 0.7 or 70%",
    "INT": "a whole number",
    "STATE": "leading, trailing or level",
    "GROUP": f"one of {', '.join(GROUPS)}",
    "RPAR": "a closing bracket",
}
_AFTER = {  # the token before -> what should have followed it
    "BY": "a player's name, or the same player",
    "TO": "a player's name",
    "FOR": "a team, home or away",
    "AGAINST": "a team, home or away",
    "IN": "a zone, such as final third; period 2; game ID; league NAME",
    "OUTSIDE": "a zone",
    "IN_GAME": "a game's id",
    "IN_LEAGUE": "a league",
    "LABEL": "a label",
    "ORDER": f"one of {', '.join(ORDERS)}",
}


def unread(text: str, bad: Any) -> QueryError:
    """Return lark's complaint in words."""
    end = len(text.rstrip())
    token = getattr(bad, "token", None)
    if token is not None and token.type == "$END":
        wanted, before = set(bad.accepts or bad.expected), _last(bad)
        said = _AFTER.get(before) or next((_WANTED[t] for t in _WANTED if t in wanted), "an event")
        said = "and, then the other time" if before == "CLOCK" else said
        return QueryError("the query stops here", text, end, expected=said)
    at = at_of(token) if token is not None else int(bad.pos_in_stream)
    word = re.match(r"\s*(\S[\w-]*)", text[at:])
    said = word[1] if word else text[at : at + 1] or text.strip()
    if text[at : at + 2] in ("''", '""'):
        return QueryError("a name without a letter", text, at, expected="a name between the quotes")
    if said[0] in "'\"‘“":
        return QueryError("a quote that is not closed", text, at, todo="End the name with the same quote.")
    if said.casefold() in ("within",) and token is not None:
        return QueryError("within belongs to two events", text, at,
                          expected="two events before it joined by then, and, or and not")  # fmt: skip
    if token is not None and token.type in ("SAME_PLAYER", "SAME_TEAM", "OTHER_TEAM"):
        return QueryError(f'"{token}" compares two events', text, at, expected="two events joined before it")
    before = _last(bad)
    if before == "COUNT" and said.casefold() in ("by", "per"):
        return QueryError("counted by what?", text, at, expected=_WANTED["GROUP"])
    if token is not None and token.type in _FILTERS and (tail := _TAIL.search(text, 0, at)):
        return QueryError(f'"{said}" after "{tail[0].lower()}" is unexpected', text, at,
                          todo="What counts, orders and limits the answer comes last.")  # fmt: skip
    allowed = set(getattr(bad, "accepts", None) or getattr(bad, "expected", None) or getattr(bad, "allowed", ()) or ())
    if before in _AFTER:
        return QueryError(f'"{said}" is unexpected', text, at, expected=_AFTER[before])
    wanted_here = next((_WANTED[t] for t in _WANTED if t in allowed), None) if len(allowed) < 4 else None
    if wanted_here is None and allowed & {"WORD", "QUOTED"} and (len(allowed) < 6 or not before):
        wanted_here = "an event, such as pass"
    near = close(said, _JOINS, 0.7) if wanted_here is None else None
    if wanted_here is None and near in (None, said.casefold()):
        wanted_here = "then, and, during, a filter (by, for, in, with, while, after, ...), count or order by"
    todo = f'Did you mean "{near}"?' if near and near != said.casefold() else None
    return QueryError(f'"{said}" is unexpected', text, at, expected=wanted_here, todo=todo)


def _last(bad: Any) -> str:
    """Return the type of the token before the one that is wrong, "" at the beginning."""
    history = getattr(bad, "token_history", None)
    if history and history[-1] is not None:
        return str(history[-1].type)
    state = getattr(bad, "interactive_parser", None)
    stack = state.parser_state.value_stack if state is not None else []
    return str(getattr(stack[-1], "type", "")) if stack else ""
