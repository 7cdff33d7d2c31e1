"""What people call things: events, zones, players, teams of a library, by any usual name, or refused with a hint.

Case, accents, hyphens and a plural do not matter. Event types are those of the leagues in the library and those that
its files hold.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from sportsai.errors import one_line
from sportsai.queries.aliases import ALIASES, ANY, OWN_HALF, THEIR_HALF, ZONES, Meaning
from sportsai.queries.columns import Columns
from sportsai.queries.language import Phrase
from sportsai.queries.wording import quoted
from sportsai.queries.words import RESERVED
from sportsai.queries.wrong import QueryError, close, meant

Bool = NDArray[np.bool_]

MOST_LISTED = 8
ARTICLES = ("a ", "an ", "the ")


_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})


@lru_cache(maxsize=1 << 16)
def plain(text: str) -> str:
    """Return a name without case, accents, apostrophes, dots and hyphens: "Müller-O'Neil" -> "muller oneil"."""
    flat = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    kept = "".join(c for c in flat if not unicodedata.combining(c) and c not in "'’.´`")
    return " ".join(kept.replace("-", " ").replace("_", " ").replace("/", " ").split())


def singular(text: str) -> list[str]:
    """Return a plain name and what it may be the plural of."""
    out = [text]
    for end, instead in (("ies", "y"), ("es", ""), ("s", "")):
        if text.endswith(end) and len(text) > len(end) + 1:
            out.append(text[: -len(end)] + instead)
    return out


class Vocabulary:
    """The names of one library."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns

    # ---- events --------------------------------------------------------------------------------------------------

    @cached_property
    def types(self) -> dict[str, tuple[Meaning, ...]]:
        """Plain name -> what it stands for; a type's own name before the label of another, aliases last."""
        leagues = [v for v in self.columns.leagues.values() if v is not None]
        every = {t for v in leagues for t in v.events} | set(self.columns.types)
        found: dict[str, tuple[Meaning, ...]] = {plain(t): (Meaning((t,)),) for t in sorted(every)}
        own = set(found)
        for v in leagues:
            for name, event in v.events.items():
                said = plain(event.label)
                if said not in own:
                    before = found[said][0].types if said in found else ()
                    found[said] = (Meaning(tuple(dict.fromkeys((*before, name)))),)
        for said, meanings in ALIASES.items():
            known = [Meaning(tuple(t for t in m.types if t in every), m.zones, m.label) for m in meanings]
            known = [m for m in known if m.types and (m.zones == () or set(m.zones) & set(self.zone_titles))]
            if known:
                found[said] = tuple(known)
        return found

    def event(self, phrase: Phrase, text: str) -> tuple[Meaning, ...] | None:
        """Return what an event's name stands for; None for any event. QueryError with a suggestion where unknown."""
        said = plain(phrase.text)
        for one in singular(said) + singular(said.partition(" ")[2] if said.startswith(ARTICLES) else ""):
            if one in self.types:
                return self.types[one]
        if any(one in ANY for one in singular(said)):
            return None
        raise self._no_event(phrase, said, text)

    def _no_event(self, phrase: Phrase, said: str, text: str) -> QueryError:
        words = phrase.text.split()
        for k in range(len(words) - 1, 0, -1):  # "pass thn shot": the event is known, the word after it is not
            if any(one in self.types for one in singular(plain(" ".join(words[:k])))):
                at = text.find(words[k], phrase.at + len(" ".join(words[:k])))
                near = close(words[k], RESERVED)
                return QueryError(
                    f'"{one_line(words[k], 40)}" after "{" ".join(words[:k])}" is unexpected', text, at,
                    expected=None if near else "then, and, during or a filter such as by 'NAME'",
                    todo=f'Did you mean "{near}"?' if near else None,
                )  # fmt: skip
        somebody = self._somebody(words)
        if somebody:
            raise QueryError(f'no event is called "{one_line(phrase.text, 40)}"', text, phrase.at, todo=somebody)
        here = {plain(t) for t in self.columns.types}
        near_to = close(said, sorted(self.types), 0.55)
        todo = f'Did you mean "{near_to}"?' if near_to else meant(said, sorted(here or self.types))
        return QueryError(f'no event is called "{one_line(phrase.text, 40)}"', text, phrase.at, todo=todo)

    def _somebody(self, words: list[str]) -> str | None:
        """Return what was meant by "Kimmich passes" or "Ajax": an event by a player, or for a team; None of neither."""
        words = words[1:] if words and words[0].casefold() in ("by", "for") else words
        for k in range(len(words), 0, -1):
            name, rest = " ".join(words[:k]).removesuffix("'s").removesuffix("’s"), plain(" ".join(words[k:]))
            event = next((one for one in singular(rest) if one in self.types), None) if rest else "event"
            said = plain(name)
            if event is None or len(said) < 2:
                continue
            for word, names in (("by", {n for _, each, _ in self._people for n in each}),
                                ("for", {n for each in self._team_names.values() for n in each})):  # fmt: skip
                if any(f" {said} " in f" {n} " for n in names):
                    return f'Did you mean "{event} {word} {quoted(one_line(name, 40))}"?'
        return None

    # ---- zones ---------------------------------------------------------------------------------------------------

    @cached_property
    def zone_titles(self) -> dict[str, str]:
        """Every zone's name in the leagues of the library, and its title."""
        found = {OWN_HALF: OWN_HALF, THEIR_HALF: THEIR_HALF}
        for v in self.columns.leagues.values():
            for z in v.court.zones if v is not None else ():
                taken = plain(z.title) in {plain(t) for n, t in found.items() if n != z.name}
                found.setdefault(z.name, z.name.replace("_", " ") if taken or not z.title else z.title)
        return found

    @cached_property
    def zones(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for said, names in ZONES.items():
            known = tuple(n for n in names if n in self.zone_titles)
            if known:
                found[said] = known
        for name, title in self.zone_titles.items():
            found.setdefault(plain(title), (name,))
        halves = {said for said, names in found.items() if names in ((OWN_HALF,), (THEIR_HALF,))}  # of every sport
        return found | {said: (name,) for name in self.zone_titles if (said := plain(name)) not in halves}

    def zone(self, phrase: Phrase, text: str) -> tuple[str, ...]:
        """Return the zones a name stands for."""
        for one in singular(plain(phrase.text).removeprefix("the ")):
            if one in self.zones:
                return self.zones[one]
        raise QueryError(f'no zone is called "{one_line(phrase.text, 40)}"', text, phrase.at,
                         todo=meant(plain(phrase.text), self.zones))  # fmt: skip

    # ---- people --------------------------------------------------------------------------------------------------

    @cached_property
    def _people(self) -> list[tuple[str, set[str], str]]:
        """Of each of the columns' people: full name, plain names that are his, what he is called in a list."""
        out = []
        for (g, player_id), p in zip(self.columns.people, self.columns.person, strict=True):
            if p is None:
                out.append((player_id, {plain(player_id)}, player_id))
                continue
            names = {plain(str(v)) for v in (p["id"], p["name"], p.get("short_name")) if v}
            side = p["side"]
            team = self.columns.games[g].teams[side] if side in (0, 1) else None
            shown = p["name"] + (f" ({team.get('short_name') or team['name']})" if team else "")
            out.append((p["name"], names, shown))
        return out

    def players(self, phrase: Phrase, text: str, *, any_of: bool = False) -> Bool:
        """Return which of the columns' people a name means, (P,): an id, a whole name, or a part of one.

        A part that fits people of different names is refused and they are listed, unless `any_of`.
        """
        said = plain(phrase.text)
        known = self._people
        whole = [k for k, (_, names, _) in enumerate(known) if said in names]
        found = whole or [k for k, (name, _, _) in enumerate(known) if f" {said}" in f" {plain(name)}"]
        found = found or [k for k, (name, _, _) in enumerate(known) if said and said in plain(name)]
        out = np.zeros(len(known), bool)
        out[found] = True
        if any_of:
            return out
        if not found:
            on_roster = self._on_roster(said)
            if on_roster:
                return out
            todo = self.near_player(phrase.text)
            raise QueryError(f'no player is called "{one_line(phrase.text, 60)}"', text, phrase.at,
                             expected=None if todo else "a player of an event here: an id, or part of a name",
                             todo=todo)  # fmt: skip
        ids = {(plain(known[k][0]), self._same_game_twin(k, found)) for k in found}
        if len(ids) > 1:
            shown = sorted({known[k][2] + (f" id {self.columns.people[k][1]}" if self._same_game_twin(k, found) else "")
                            for k in found})  # fmt: skip
            listed = ", ".join(one_line(s, 50) for s in shown[:MOST_LISTED])
            listed += f" and {len(shown) - MOST_LISTED} more" if len(shown) > MOST_LISTED else ""
            raise QueryError(f'"{one_line(phrase.text, 40)}" is {len(shown)} players: {listed}', text, phrase.at,
                             todo="Say more of the name, or the id.")  # fmt: skip
        return out

    def near_player(self, name: str) -> str | None:
        """Return 'Did you mean "x"?' for the player with the nearest name, or word of it; None where none is near."""
        words = {plain(full): full for full, _, _ in self._people}
        words |= {w: full for said, full in list(words.items()) for w in said.split() if len(w) > 2}
        near = close(plain(name), sorted(words))
        return f'Did you mean "{one_line(words[near], 60)}"?' if near else None

    def _same_game_twin(self, k: int, found: list[int]) -> str:
        """Return a player's id where another of the same name and game was found, "" elsewhere."""
        game, player_id = self.columns.people[k]
        name = plain(self._people[k][0])
        twin = any(
            self.columns.people[j][0] == game and j != k and plain(self._people[j][0]) == name for j in found
        )  # fmt: skip
        return player_id if twin else ""

    def _on_roster(self, said: str) -> bool:
        """Whether somebody of that name is on a roster, without any event."""
        for g in self.columns.games:
            for p in g.roster:
                if said in plain(str(p["id"])) or said in plain(str(p["name"])):
                    return True
        return False

    # ---- teams ---------------------------------------------------------------------------------------------------

    def teams(self, phrase: Phrase, text: str, *, any_of: bool = False) -> Bool:
        """Return which sides of which games a name means, (G, 2): home, away, an id, a name, or a part of one."""
        said = plain(phrase.text)
        games = self.columns.games
        out = np.zeros((len(games), 2), bool)
        if said in ("home", "away"):
            out[:, int(said == "away")] = True
            return out
        every = self._team_names
        found = [k for k, names in every.items() if said in names]
        found = found or [k for k, names in every.items() if said and any(said in n for n in names)]
        for g, s in found:
            out[g, s] = True
        shown = sorted({str(games[g].teams[s]["name"]) for g, s in found})
        if any_of:
            return out
        if not found:
            names = sorted({str(t["name"]) for g in games for t in g.teams})
            raise QueryError(f'no team is called "{one_line(phrase.text, 60)}"', text, phrase.at,
                             todo=meant(phrase.text, [*names, "home", "away"]))  # fmt: skip
        if len({plain(n) for n in shown}) > 1:
            listed = ", ".join(one_line(n, 50) for n in shown[:MOST_LISTED])
            raise QueryError(f'"{one_line(phrase.text, 40)}" is {len(shown)} teams: {listed}', text, phrase.at,
                             todo="Say more of the name.")  # fmt: skip
        return out

    @cached_property
    def _team_names(self) -> dict[tuple[int, int], set[str]]:
        return {(g, s): self._names_of(g, s) for g in range(len(self.columns.games)) for s in (0, 1)}

    def _names_of(self, game: int, side: int) -> set[str]:
        team = self.columns.games[game].teams[side]
        names = {plain(str(team[k])) for k in ("id", "name", "short_name", "abbreviation") if team.get(k)}
        league = self.columns.leagues.get(self.columns.games[game].league)
        known = league.team(str(team["name"])) if league is not None else None
        if known is not None:
            names |= {plain(n) for n in (known.name, known.short_name, known.abbreviation, *known.aliases)}
        return names

    # ---- games and leagues ---------------------------------------------------------------------------------------

    def games(self, phrase: Phrase, text: str) -> Bool:
        """Return which game an id means, (G,)."""
        ids = [g.id for g in self.columns.games]
        if phrase.text not in ids:
            raise QueryError(f'no game "{one_line(phrase.text, 60)}" in this library', text, phrase.at,
                             todo=meant(phrase.text, ids))  # fmt: skip
        return np.array([i == phrase.text for i in ids], bool)

    def in_league(self, phrase: Phrase, text: str) -> Bool:
        """Return which games are of a league or sport, (G,)."""
        said = plain(phrase.text)
        names: dict[str, Iterable[str]] = {}
        for name, v in self.columns.leagues.items():
            names[name] = {plain(name), *((plain(v.full_name), plain(v.sport)) if v is not None else ())}
        out = np.array([said in names[g.league] for g in self.columns.games], bool)
        if not out.any():
            known = sorted({n for v in names.values() for n in v})
            raise QueryError(f'no game here is of a league called "{one_line(phrase.text, 60)}"', text, phrase.at,
                             todo=meant(said, known))  # fmt: skip
        return out
