"""A league's facts: which court, clock, events, labels and teams, and where do its readers and recipes lie?

leagues/soccer.toml                      a sport: everything
leagues/bundesliga/league.toml           a league: `sport = "soccer"` and only what differs
leagues/bundesliga/readers/<provider>.toml, recipes/<model>.toml
leagues/soccer/readers/..., recipes/...  the same for every league of the sport
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sportsai.court.clock import Clock
from sportsai.court.facts import ClockFacts, LeagueFacts, court_over, read_facts, read_toml
from sportsai.court.geometry import Court
from sportsai.court.labels import EventType, LabelGraph
from sportsai.errors import LeagueError, RecipeError, nearest
from sportsai.resources import leagues_folders


@dataclass(frozen=True)
class LeagueTeam:
    """A team of a league; `colours` are its public ones, #rrggbb, the first the most its own."""

    id: str
    name: str
    short_name: str
    abbreviation: str
    colours: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class League:
    """A sport, or a competition's variant of it.

    Parameters
    ----------
    name: the file's or folder's name; sport: the sport's (its own for a sport).
    folder: leagues/<name>, where readers/ and recipes/ may lie; None when a sport has no folder.
    """

    name: str
    full_name: str
    sport: str
    court: Court
    clock: Clock
    events: dict[str, EventType]
    labels: LabelGraph
    label_titles: dict[str, str]
    teams: tuple[LeagueTeam, ...]
    path: Path
    folder: Path | None
    source: str = ""

    def team(self, said: str) -> LeagueTeam | None:
        """Return the team with that id, name, short name, abbreviation or alias, whatever the case; None if none."""
        wanted = said.strip().casefold()
        for team in self.teams:
            names = (team.id, team.name, team.short_name, team.abbreviation, *team.aliases)
            if wanted in (name.casefold() for name in names):
                return team
        return None

    def event_names(self, group: str | None = None) -> list[str]:
        """Return the names of the events (of a group), in the order the TOML lists them."""
        return [e.name for e in self.events.values() if group in (None, e.group)]

    def reader_facts(self, provider: str) -> dict[str, Any]:
        """Return readers/<provider>.toml of the league, else of its sport, as its tables."""
        known = self._parts("readers")
        if provider not in known:
            raise LeagueError(
                f'{self.name} has no reader facts for "{provider}"',
                where=f"leagues/{self.name}/readers",
                todo=nearest(provider, known),
            )
        return read_toml(known[provider])

    def reader_names(self) -> list[str]:
        return sorted(self._parts("readers"))

    def recipe_names(self) -> list[str]:
        """Return the models that have a recipe here or in the sport."""
        return sorted(self._parts("recipes"))

    def recipe_path(self, name: str) -> Path:
        """Return recipes/<name>.toml of the league, else of its sport; RecipeError when neither has it."""
        known = self._parts("recipes")
        if name not in known:
            raise RecipeError(
                f'{self.name} has no recipe "{name}"', where=f"leagues/{self.name}/recipes", todo=nearest(name, known)
            )
        return known[name]

    def _parts(self, kind: str) -> dict[str, Path]:
        """Return {name: file} of a kind: the sport's, then the league's over them, the user's folders last."""
        found: dict[str, Path] = {}
        for name in (self.sport, self.name):
            for folder in reversed(leagues_folders()):
                found |= {p.stem: p for p in sorted((folder / name / kind).glob("*.toml"))}
        return found


def league_names() -> list[str]:
    """Return the sorted names of all sports and leagues."""
    return sorted(_files(tuple(leagues_folders())))


def load_league(name: str) -> League:
    """Return the sport or league called `name`, read once for each set of folders.

    Raises LeagueError when it is unknown (with the nearest name) or its TOML says something that cannot be.
    """
    return _load(name, tuple(leagues_folders()))


@lru_cache(maxsize=256)
def _load(name: str, folders: tuple[Path, ...]) -> League:
    files = _files(folders)
    if name not in files:
        raise LeagueError(f'no league named "{name}"', todo=nearest(name, files))
    path = files[name]
    facts = read_facts(path)
    if facts.sport is None or facts.sport == name:
        return _built(name, name, path, facts, folders)
    if facts.sport not in files:
        raise LeagueError(f'no sport named "{facts.sport}"', where=f'{path}, "sport"', todo=nearest(facts.sport, files))
    sport = read_facts(files[facts.sport])
    if sport.sport is not None:
        raise LeagueError(
            f'"{facts.sport}" is itself a league of "{sport.sport}"',
            where=f'{path}, "sport"',
            expected="a sport",
            todo="A league inherits one level.",
        )
    return _built(name, facts.sport, path, _over(sport, facts), folders)


def _files(folders: tuple[Path, ...]) -> dict[str, Path]:
    """Return {name: file} of every sport and league, the earlier folder winning."""
    files: dict[str, Path] = {}
    for folder in reversed(folders):
        files |= {p.stem: p for p in sorted(folder.glob("*.toml"))}
        files |= {p.parent.name: p for p in sorted(folder.glob("*/league.toml"))}
    return files


def _over(sport: LeagueFacts, league: LeagueFacts) -> LeagueFacts:
    """Lay a league's facts over its sport's."""
    clock = sport.clock.model_copy(update={k: getattr(league.clock, k) for k in league.clock.model_fields_set})
    below, above = sport.labels, league.labels
    labels = below.model_copy(
        update={
            "nodes": {**below.nodes, **above.nodes},
            "implies": _joined(below.implies, above.implies),
            "part_of": _joined(below.part_of, above.part_of),
            "excludes": (*below.excludes, *above.excludes),
        }
    )
    return league.model_copy(
        update={
            "court": court_over(sport.court, league.court),
            "clock": clock,
            "labels": labels,
            "events": {**sport.events, **league.events},
            "teams": league.teams or sport.teams,
        }
    )


def _joined(below: dict[str, tuple[str, ...]], above: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {k: tuple(dict.fromkeys((*below.get(k, ()), *above.get(k, ())))) for k in (*below, *above)}


def _built(name: str, sport: str, path: Path, facts: LeagueFacts, folders: tuple[Path, ...]) -> League:
    events = {k: EventType(k, e.label, e.description, e.key_player, e.group) for k, e in facts.events.items()}
    titles = {**{k: e.label for k, e in events.items()}, **facts.labels.nodes}
    both = sorted(set(events) & set(facts.labels.nodes))
    if both:
        raise LeagueError(
            f'"{both[0]}" is an event already',
            where=f'{path}, "labels.nodes"',
            todo="Name it once: every event is a label by itself.",
        )
    graph = LabelGraph.checked(
        (*events, *facts.labels.nodes), facts.labels.implies, facts.labels.excludes, facts.labels.part_of, str(path)
    )
    teams = tuple(LeagueTeam(**t.model_dump()) for t in facts.teams)
    _check_teams(teams, path)
    folder = next((f / name for f in folders if (f / name).is_dir()), None)
    return League(
        name=name,
        full_name=facts.full_name,
        sport=sport,
        court=Court.from_facts(facts.court, sport, str(path)),
        clock=_clock(facts.clock, path),
        events=events,
        labels=graph,
        label_titles=titles,
        teams=teams,
        path=path,
        folder=folder,
        source=facts.source,
    )


def _clock(facts: ClockFacts, path: Path) -> Clock:
    for key in ("period_name", "periods", "counts"):
        if getattr(facts, key) is None:
            raise LeagueError(
                "is missing", where=f'{path}, "clock.{key}"', expected="a value", todo="See leagues/README.md."
            )
    if facts.counts == "down" and facts.period_s is None:
        raise LeagueError(
            "is missing", where=f'{path}, "clock.period_s"', expected="the seconds a clock counts down from"
        )
    return Clock(**facts.model_dump())


def _check_teams(teams: tuple[LeagueTeam, ...], path: Path) -> None:
    seen: set[str] = set()
    for team in teams:
        for key in ("id", "name", "abbreviation"):
            said = f"{key} {getattr(team, key)}"
            if said in seen:
                raise LeagueError(f"two teams have the {said}", where=f'{path}, "teams"', expected="each once")
            seen.add(said)
