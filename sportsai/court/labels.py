"""A sport's vocabulary: what can happen, and which labels imply, exclude or belong to which?

cross ──implies──► pass          every cross is a pass
pass ──excludes── shot           never both of one touch
pass ──part_of──► possession     a pass happens inside a possession
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sportsai.errors import LeagueError, nearest


@dataclass(frozen=True)
class EventType:
    """Something that happens in a game.

    Parameters
    ----------
    name: as stored. label: as read. key_player: what the person most responsible is called ("passer"), "" for none.
    group: the set of types it is told apart from ("on_ball", "activity", "action").
    """

    name: str
    label: str
    description: str
    key_player: str
    group: str


@dataclass(frozen=True)
class LabelGraph:
    """Labels and how they stand to each other.

    Parameters
    ----------
    nodes: every label; `implies` (a, b): a is always also b; `part_of` (a, b): a happens inside b;
    excludes: pairs that never hold at once, each once, sorted.
    """

    nodes: tuple[str, ...]
    implies: tuple[tuple[str, str], ...] = ()
    excludes: tuple[tuple[str, str], ...] = ()
    part_of: tuple[tuple[str, str], ...] = ()

    @classmethod
    def checked(
        cls,
        nodes: Iterable[str],
        implies: Mapping[str, Sequence[str]],
        exclusive: Sequence[Sequence[str]],
        part_of: Mapping[str, Sequence[str]],
        where: str,
    ) -> LabelGraph:
        """Return the graph after checking it has no contradiction; LeagueError names `where` and the key."""
        known = tuple(dict.fromkeys(nodes))
        _check_known(known, implies, exclusive, part_of, where)
        pairs = {(min(p), max(p)) for group in exclusive for p in itertools.combinations(group, 2)}
        graph = cls(
            known,
            tuple((a, b) for a, to in implies.items() for b in to),
            tuple(sorted(pairs)),
            tuple((a, b) for a, to in part_of.items() for b in to),
        )
        for key in ("implies", "part_of"):
            loop = _cycle(getattr(graph, key))
            if loop:
                raise LeagueError(
                    f"goes in a circle: {' -> '.join(loop)}",
                    where=f'{where}, "labels.{key}"',
                    todo="Remove one of these edges.",
                )
        graph._check_possible(where)
        return graph

    @cached_property
    def _above(self) -> dict[str, frozenset[str]]:
        return {node: frozenset(_reachable(node, self.implies)) for node in self.nodes}

    @cached_property
    def _against(self) -> dict[str, frozenset[str]]:
        """Each label's excluded labels, deduced ones too: a -> b and b excludes c: a excludes c and what implies c."""
        pairs = set(self.excludes) | {(b, a) for a, b in self.excludes}
        ups = {node: self._above[node] | {node} for node in self.nodes}
        return {
            a: frozenset(b for b in self.nodes if any((u, v) in pairs for u in ups[a] for v in ups[b]))
            for a in self.nodes
        }

    def implied(self, name: str) -> frozenset[str]:
        """Return every label that holds when `name` does, itself not counted."""
        return self._above[name]

    def excluded(self, name: str) -> frozenset[str]:
        """Return every label that cannot hold when `name` does."""
        return self._against[name]

    def wholes(self, name: str) -> frozenset[str]:
        """Return everything `name` is a part of, at any depth."""
        return frozenset(_reachable(name, self.part_of))

    def entails(self, name: str) -> frozenset[str]:
        """Return everything that holds when `name` does, by implication or as the whole it lies in, itself too."""
        held, fresh = {name}, {name}
        while fresh:
            fresh = {b for a in fresh for b in self.implied(a) | self.wholes(a)} - held
            held |= fresh
        return frozenset(held)

    def agrees(self, names: Iterable[str]) -> bool:
        """Return whether these labels may all hold at once."""
        held = set(names)
        return all(not (self._against[name] & held) for name in held)

    def matrix(self, edge: str, names: Sequence[str] | None = None) -> NDArray[np.bool_]:
        """Return (L, L) bool: does row label imply, exclude or lie in ("part_of") column label; deduced ones too."""
        rows = tuple(self.nodes if names is None else names)
        verbs = {"implies": self.implied, "excludes": self.excluded, "part_of": self.wholes}
        return np.array([[b in verbs[edge](a) for b in rows] for a in rows], dtype=bool).reshape(len(rows), len(rows))

    def _check_possible(self, where: str) -> None:
        for name in self.nodes:
            both = sorted((self._above[name] | {name}) & self._against[name])
            if both:
                raise LeagueError(
                    f'"{name}" can never happen: it implies and excludes "{both[-1] if both[0] == name else both[0]}"',
                    where=f'{where}, "labels.excludes"',
                    todo="Remove the implication or the exclusion.",
                )


def _check_known(
    known: Sequence[str],
    implies: Mapping[str, Sequence[str]],
    exclusive: Sequence[Sequence[str]],
    part_of: Mapping[str, Sequence[str]],
    where: str,
) -> None:
    said = [("implies", [a, *to]) for a, to in implies.items()]
    said += [("excludes", list(group)) for group in exclusive]
    said += [("part_of", [a, *to]) for a, to in part_of.items()]
    for key, names in said:
        for name in names:
            if name not in known:
                raise LeagueError(
                    f'no label named "{name}"',
                    where=f'{where}, "labels.{key}"',
                    expected="an event or one of labels.nodes",
                    todo=nearest(name, known),
                )
        if key == "excludes" and len(set(names)) < max(2, len(names)):
            raise LeagueError(
                f"{names} is not a group of different labels",
                where=f'{where}, "labels.{key}"',
                expected="two or more, each once",
            )


def _reachable(start: str, edges: Iterable[tuple[str, str]]) -> set[str]:
    to: dict[str, list[str]] = {}
    for a, b in edges:
        to.setdefault(a, []).append(b)
    seen: set[str] = set()
    todo = list(to.get(start, ()))
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            todo += to.get(node, ())
    return seen


def _cycle(edges: Sequence[tuple[str, str]]) -> list[str]:
    """Return one circle of the edges, its first label at both ends; empty when there is none."""
    to: dict[str, list[str]] = {}
    for a, b in edges:
        to.setdefault(a, []).append(b)
    for start in to:
        paths = [[start]]
        while paths:
            path = paths.pop()
            for node in to.get(path[-1], ()):
                if node == start:
                    return [*path, node]
                if node not in path:
                    paths.append([*path, node])
    return []
