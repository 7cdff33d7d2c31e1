"""Names that are HTML, formulas or control characters, in every text of a game that a file brings, and on every page.

A game is written twice, once with hostile texts and once with letters in their place; the pages of both must have the
same elements with the same attributes, one for one, and the same scripts.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from sportsai.bench._attacks import Attack, Through, refused

HOSTILE = (
    "\"><img src=x onerror=hacked()><script>hacked()</script>", "' onmouseover='hacked()' x='",
    "</script><script>hacked()</script><!--", "]]></style></title><svg onload=hacked()>", "javascript:hacked()",
    "<iframe srcdoc=hacked()>", "&lt;b&gt;hacked()&#60;i>", "{{7*7}}{% raw %}${hacked()}", "\\u003cb\\u003e\"hacked()",
    "<a href=javascript:hacked()>x</a>",
)  # fmt: skip
FORMULAS = ("=1+1", "+1+1", "-1+1", "@sum(1)", "\t=1+1", "\r=1+1")
CONTROLS = ("\x1b[31mred", "\x1b]0;title\x07", "a\rb", "a\x08b", "a\x9bb", "a\u202eb", "a\nb")
_SIGNS = re.compile(r"[^A-Za-z0-9]")
Texts = Callable[[str], str]


def made() -> list[Attack]:
    """Return the attacks by names."""
    return [
        Attack("HTML", "markup in every text of a game: each kind of report, a player's page", _reports),
        Attack("HTML", "markup in every text of a game: the season's page and its reports", _season),
        Attack("HTML", "markup in every text of a game: the list of games and the desk's pages", _desk),
        Attack("HTML", "markup in every text of a game: plays that a query found, SVG, SportsCode XML", _exports),
        Attack("CSV", "formulas in every text of a game: CSV of queries, SQL and corrections", _sheets),
        Attack("terminal", "control characters in every text of a game: what commands print", _printed),
    ]


# ---- games of hostile texts ------------------------------------------------------------------------------------------


def texts(signs: tuple[str, ...], plain: bool) -> Texts:
    """Return what stands for a text: a hostile one (in turn), or letters of its length where `plain`."""
    known: dict[str, str] = {}

    def text(key: str) -> str:
        if key not in known:
            sign = signs[len(known) % len(signs)]
            known[key] = f"{_SIGNS.sub('x', sign) if plain else sign}{len(known):03d}"
        return known[key]

    return text


def hostile_library(folder: Path, text: Texts) -> Any:
    """Return a library of one game, its log, a run and corrections, every free text of which is `text(what it is)`."""
    from sportsai.bench._faults_library import events, played
    from sportsai.court import load_league
    from sportsai.library import Library
    from sportsai.library.desk import Desk
    from sportsai.readers import read_games

    source = played(folder.with_name(f"{folder.name}-source"))
    game = next(read_games((source,), load_league("soccer"), "skillcorner"))
    game = _renamed(game, text)
    library = Library(folder, create=True)
    logged, found = (events(game, mark).assign(attributes=[{text("key"): text("value")}] * 4) for mark in ("log", "e"))
    library.add(replace(game, events=logged))
    run = {"run_id": "r1", "made_at": "2026-01-01T00:00:00+00:00", "card": text("card"), "notes": [text("note")],
           "weights_sha256": text("sha"), "version": text("version"), "model": text("model"), "recipe": text("recipe"),
           "frames_total": 120, "frames_read": 120, "seconds": 1.0,
           "metrics": {"pass": {"precision": 0.9, "recall": 0.8, "AP": 0.8, "n": 9}}}  # fmt: skip
    library.write_predictions("1", found, run)
    desk, name = Desk(library, "1"), re.sub(r"[^ -~]|^[=+@-]", "", text("by"))[:60]
    ids = list(desk.rows["event_id"])
    for act in (lambda: desk.confirm(ids[0], name), lambda: desk.reject(ids[1], name)):
        library.correct("1", [replace(act(), note="")])
    return library


def _renamed(game: Any, text: Texts) -> Any:
    who = {p.id: text(f"id {p.id}") for p in game.roster}
    teams = tuple(
        replace(t, id=text(f"team {k}"), name=text(f"name {k}"), short_name=text(f"short {k}"),
                abbreviation=text(f"abbreviation {k}"))
        for k, t in enumerate(game.teams)
    )  # fmt: skip
    roster = tuple(
        replace(p, id=who[p.id], name=text(f"player {p.id}"), short_name=text(f"short {p.id}"),
                position=text(f"position {p.number}"))
        for p in game.roster
    )  # fmt: skip
    slots = tuple(replace(s, player_id=who.get(s.player_id, s.player_id)) for s in game.tracks.slots)
    return replace(
        game, teams=teams, roster=roster, tracks=replace(game.tracks, slots=slots), competition=text("competition"),
        venue=text("venue"), terms=text("terms"), provider=text("provider"), source={text("file"): "ab" * 32},
        repairs={text("repair"): 2}, extra={text("extra"): text("extra value")},
    )  # fmt: skip


# ---- pages -----------------------------------------------------------------------------------------------------------


class Shape(HTMLParser):
    """The elements of a page with the names of their attributes, in order, and its scripts."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.scripts: list[str] = []
        self.addresses: list[str] = []
        self._in: str | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(sorted(name for name, _ in attrs))))
        given = dict(attrs)
        self.addresses += [str(given[k]) for k in ("href", "src", "action", "srcdoc", "style") if given.get(k)]
        self._in = None
        if tag in ("script", "style"):
            self._in = "data" if "json" in str(given.get("type")) else tag

    def handle_endtag(self, tag: str) -> None:
        self._in = None

    def handle_data(self, data: str) -> None:
        if self._in in ("script", "style"):
            self.scripts.append(data)


def same(hostile: str, plain: str) -> str:
    """Return how many elements both pages have; Through where a text became one, an attribute, script or address."""
    one, other = Shape(hostile), Shape(plain)
    for got, wanted in zip(one.elements, other.elements, strict=False):
        if got != wanted:
            raise Through(f"{got} where {wanted} should be")
    if len(one.elements) != len(other.elements):
        raise Through(f"{len(one.elements)} elements, {len(other.elements)} should be")
    if any("hacked" in s for s in one.scripts) or len(one.scripts) != len(other.scripts):
        raise Through("a text stands in a script or a style")
    bad = [a for a in one.addresses if a.strip().lower().startswith("javascript") or "url(" in a.lower()]
    if bad:
        raise Through(f"an address: {bad[0]}")
    if "hacked" not in hostile:
        raise Through("no hostile text is on it, so that nothing was tried")
    return f"{len(one.elements):,} elements as with letters in their place, no script or address from a text"


def _both(folder: Path, pages: Callable[[Any, Path, Texts], dict[str, str]]) -> Iterator[str]:
    kept = []
    for plain in (False, True):
        text, place = texts(HOSTILE, plain), folder / "here"
        place.mkdir()
        kept.append(pages(hostile_library(place / "library", text), place, text))
        place.rename(folder / f"was-{plain}")
    hostile, plain_ones = kept
    for name in plain_ones:
        if name not in hostile:
            raise Through(f"{name} was not made")
        try:
            yield same(hostile[name], plain_ones[name])
        except Through as bad:
            raise Through(f"{name}: {bad}") from None


def _reports(folder: Path) -> Iterator[str]:
    def pages(library: Any, place: Path, text: Texts) -> dict[str, str]:
        from sportsai.report import build_report
        from sportsai.report.audience import AUDIENCES

        names = [n for n in AUDIENCES if n != "player"]
        one = library.load("1").roster[1].id
        return {n: build_report(library, "1", audience=n, out=text("out")) for n in names} | {
            "player": build_report(library, "1", player=one)
        }

    return _both(folder, pages)


def _season(folder: Path) -> Iterator[str]:
    def pages(library: Any, place: Path, text: Texts) -> dict[str, str]:
        from sportsai.season.pool import Here
        from sportsai.season.run import run_season
        from sportsai.season.work import Job

        broken = place / f"{text('broken').replace('/', '')}.csv"
        broken.write_text("x")
        job = Job("soccer", str(library.folder), retries=0)
        run_season((), "soccer", job, str(place / "pages"), Here())
        run_season((broken,), "soccer", job, str(place / "failed"), Here(), provider="table")
        return {f"{p.parent.name} {p.name}": p.read_text() for p in place.glob("*/**/*.html") if p.name != "season.html"
                or "hacked" in p.read_text() or "scriptx" in p.read_text()}  # fmt: skip

    return _both(folder, pages)


def _desk(folder: Path) -> Iterator[str]:
    def pages(library: Any, place: Path, text: Texts) -> dict[str, str]:
        from sportsai.bench._attacks_serve import served

        with served(library, text("by")) as desk:
            desk.site.report("1", 100)
            return {path: desk.ask("GET", path).body.decode() for path in ("/", "/games/1")}

    return _both(folder, pages)


# ---- what commands write and print -----------------------------------------------------------------------------------


def _typed(place: Path, *words: str) -> str:
    from sportsai.bench._faulty import Fault, run

    done = run([*words, "--library", str(place / "library")], place, Fault())
    if done.code:
        raise Through(f"{' '.join(words)}: {' '.join(done.lines)[-200:]}")
    return done.said + "\n".join(done.lines)


def _exports(folder: Path) -> Iterator[str]:
    def pages(library: Any, place: Path, text: Texts) -> dict[str, str]:
        _typed(place, "query", "pass", "--out", str(place / "plays.html"))
        _typed(place, "query", "pass", "--out", str(place / "plays.xml"))
        _typed(place, "phases", "1", "--plot", str(place / "phases.svg"))
        shapes = {}
        for name in ("plays.xml", "phases.svg"):
            tags = [e.tag for e in ElementTree.parse(place / name).iter()]
            shapes[name] = "<p>hacked" + "".join(f"<i class='{_SIGNS.sub('', t)}'>" for t in tags)
        return shapes | {"plays.html": (place / "plays.html").read_text()}

    return _both(folder, pages)


def _sheets(folder: Path) -> Iterator[str]:
    hostile_library(folder / "library", texts(FORMULAS, False))
    _typed(folder, "query", "pass", "--out", str(folder / "plays.csv"))
    for n, view in enumerate(("players", "games", "events", "predictions")):
        _typed(folder, "query", "--sql", f"select * from {view}", "--out", str(folder / f"{n}.csv"))
    _typed(folder, "query", "--sql", 'select 1 as "=1+1", name from players', "--out", str(folder / "5.csv"))
    _typed(folder, "label", "1", "--export", str(folder / "said.csv"))
    (folder / "typed.csv").write_text(_typed(folder, "query", "pass", "--csv"))
    number = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?", re.I)
    for path in sorted(folder.glob("*.csv")):
        with path.open(newline="") as file:
            cells = [c for row in csv.reader(file) for c in row]
        bad = [c for c in cells if c.startswith(("=", "+", "-", "@", "\t", "\r")) and not number.fullmatch(c)]
        if bad or not any("1+1" in c or "sum(1" in c or "'" in c for c in cells):
            raise Through(f"{path.name}: {bad[:1] or 'no formula was there'}")
        yield f"{len(cells):,} cells, none begins as a formula"


def _printed(folder: Path) -> Iterator[str]:
    def add(signs: tuple[str, ...], place: Path) -> object:
        place.mkdir()
        return hostile_library(place / "library", texts(signs, False))

    for n, sign in enumerate(CONTROLS):
        place = folder / str(n)
        try:
            add((sign,), place)
        except Exception:
            yield refused(partial(add, (sign,), folder / f"{n}-again"))
            continue
        for words in (("games",), ("quality", "1"), ("label", "1"), ("label", "1", "--history"), ("query", "pass"),
                      ("query", "--sql", "select * from players"), ("phases", "1")):  # fmt: skip
            said = _typed(place, *words)
            bad = [c for c in said if c != "\n" and (ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066")]
            if bad:
                raise Through(f"{words[0]} prints {bad[0]!r}")
            yield "printed without control characters"
