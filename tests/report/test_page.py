"""The report as a file: whole, self-contained, safe, and never broken by what a game lacks."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from sportsai.data import events_frame
from sportsai.data.game import Game
from sportsai.errors import StoreError
from sportsai.library import Library
from sportsai.report import build_report, write_report
from sportsai.report.embed import script_json
from tests.report.conftest import EVIL, RUN, predicted, small_game, small_tracks


class Page(HTMLParser):
    """Collects scripts, ids, links and figures; complains about an element that is not closed in order."""

    VOID = frozenset(
        ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
    )

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.sources: list[str] = []
        self.scripts = 0
        self.alts: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if "id" in values:
            assert values["id"] not in self.ids, values["id"]
            self.ids.add(values["id"] or "")
        if tag == "a":
            self.links.append(values.get("href") or "")
        self.scripts += tag == "script"
        self.sources += [v or "" for k, v in attrs if k in ("src", "srcset", "data", "action")]
        if tag == "svg" and values.get("role") == "img":
            self.alts.append(values.get("aria-label") or "")
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


def told(html: str) -> dict:
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.S)
    assert match
    return json.loads(match.group(1))


def test_the_report_is_whole(library: Library) -> None:
    html = build_report(library, "small")
    page = Page(html)
    assert {
        "front",
        "moments",
        "team",
        "players",
        "model",
        "how",
        "timeline",
        "network-0",
        "heat-1",
        "shape-0",
    } <= page.ids
    assert [h for h in page.links if h.startswith("#") and h[1:] not in page.ids] == []
    assert all(h.startswith("#") for h in page.links)
    assert page.sources == []
    assert page.scripts == 4
    assert all(page.alts)
    assert "sportsai report small -o small-report.html" in html
    data = told(html)
    n = len(data["plays"])
    lists = set(re.findall(r'data-plays="([^"]+)"', html))
    assert lists <= set(data["lists"])
    assert all(0 <= i < n for name in lists for i in data["lists"][name])


def test_every_linked_play_has_its_frames(library: Library) -> None:
    data = told(build_report(library, "small"))
    for play in data["plays"]:
        assert any(start <= play[3] < start + step * n for start, step, n, _ in data["reels"]), play[0]


def test_names_are_text_everywhere(library: Library) -> None:
    html = build_report(library, "small")
    assert EVIL not in html
    assert "&lt;script&gt;window.hacked=1" in html
    assert "\\u003cscript\\u003ewindow.hacked=1" in html


def test_script_json_cannot_end_its_element() -> None:
    text = script_json({"a": "</script><!--&\u2028\u2029"})
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == {"a": "</script><!--&\u2028\u2029"}


def test_writing_is_all_or_nothing(library: Library, tmp_path: Path) -> None:
    path = write_report(library, "small", tmp_path / "new" / "r.html")
    assert [p.name for p in path.parent.iterdir()] == ["r.html"]
    assert path.stat().st_size < 5_000_000
    assert "-o r.html" in path.read_text(encoding="utf-8")


def test_the_same_game_gives_the_same_file(library: Library) -> None:
    assert build_report(library, "small") == build_report(library, "small")


def test_an_unknown_run_is_one_clear_line(library: Library) -> None:
    with pytest.raises(StoreError, match='has no run "r2"'):
        build_report(library, "small", run_id="r2")


def test_counts_come_with_their_range(library: Library) -> None:
    html = build_report(library, "small")
    assert re.search(r'class="rng">\d+–\d+<', html)
    assert "never saw this part" in html
    assert "trained on this part" in html


def _no_ball(g: Game) -> Game:
    assert g.tracks is not None
    T = g.tracks.T
    return replace(
        g,
        tracks=replace(
            g.tracks,
            ball_present=np.zeros(T, bool),
            holder=np.full(T, -1, np.int16),
            possession=np.full(T, -1, np.int8),
        ),
    )


def _one_team(g: Game) -> Game:
    assert g.tracks is not None
    return replace(g, tracks=replace(g.tracks, present=g.tracks.present & (g.tracks.side == 0)[None]))


def _nobody(g: Game) -> Game:
    assert g.tracks is not None
    return replace(g, tracks=replace(g.tracks, present=np.zeros_like(g.tracks.present)))


def _no_direction(g: Game) -> Game:
    assert g.tracks is not None
    return replace(
        g,
        tracks=replace(g.tracks, xy=np.zeros_like(g.tracks.xy)),
        periods=tuple(replace(p, attacks_right=None) for p in g.periods),
    )


def _empty_period(g: Game) -> Game:
    assert g.tracks is not None
    half = g.tracks.T // 2
    present = g.tracks.present.copy()
    present[half:] = False
    return replace(g, tracks=replace(g.tracks, present=present))


def _events_only(g: Game) -> Game:
    events = events_frame(
        {
            "type": ["pass", "turnover"],
            "side": [0, 1],
            "player_id": ["p1", "p7"],
            "frame": [5, 9],
            "t_s": [0.5, 0.9],
            "period": [1, 1],
        }
    )
    return replace(g, tracks=None, events=events)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda g: g, "was not analysed"),
        (_no_ball, "The ball was never seen"),
        (_one_team, "No player of Away was seen"),
        (_nobody, "No player of Away was seen"),
        (_no_direction, "direction of play"),
        (_empty_period, "was not analysed"),
        (_events_only, "There is no tracking"),
        (lambda g: replace(g, tracks=small_tracks(2)), "was not analysed"),
        (
            lambda g: replace(g, score=None, date=None, teams=tuple(replace(t, color=None) for t in g.teams)),
            "was not analysed",
        ),
        (lambda g: replace(g, league="basketball", court_length_m=28.65, court_width_m=15.24, kind="clip"), "a clip"),
        (lambda g: replace(g, league="hockey", court_length_m=60.96, court_width_m=25.9, kind="clip"), "a clip"),
        (lambda g: replace(g, league="volleyball", court_length_m=18, court_width_m=9, kind="clip"), "a clip"),
    ],
    ids=[
        "not analysed",
        "no ball",
        "one team",
        "nobody",
        "no direction",
        "empty period",
        "events only",
        "two seconds",
        "bare facts",
        "basketball",
        "hockey",
        "volleyball",
    ],
)
def test_what_is_missing_is_said(change, said: str, tmp_path: Path) -> None:
    library = Library(tmp_path / "library", create=True)
    game = change(small_game())
    library.add(game)
    html = build_report(library, "small")
    Page(html)
    assert said in html
    assert "nan" not in re.sub(r"<script.*?</script>|<style.*?</style>", "", html, flags=re.S).lower().split()


def test_events_without_players_places_or_attributes_do_not_break_it(tmp_path: Path) -> None:
    library, game = Library(tmp_path / "library", create=True), small_game()
    library.add(game)
    events = predicted(game)
    events.loc[::2, "player_id"] = None
    events.loc[::3, ["x", "y"]] = np.nan
    events["attributes"] = [{} for _ in range(len(events))]
    events.loc[0, "side"] = -1
    library.write_predictions("small", events, {"run_id": "bare"})
    Page(build_report(library, "small"))


def test_forty_players_and_no_events_of_a_side(tmp_path: Path) -> None:
    library, game = Library(tmp_path / "library", create=True), small_game()
    library.add(game)
    events = predicted(game)
    library.write_predictions("small", events[events["side"] == 0], RUN)
    Page(build_report(library, "small"))


SCRIPTS = ("محمد صلاح", "李娜", "Жанна Агузарова", "ศุภชัย ใจเด็ด", "मिताली राज",
           "Jürgen Åström-Łęcki", "שלום כהן", "👍🏽 Ñandú")  # fmt: skip


def test_names_in_any_script_stand_as_they_are_written(tmp_path: Path) -> None:
    game = small_game()
    roster = tuple(replace(p, name=SCRIPTS[n % len(SCRIPTS)] + f" {n}") for n, p in enumerate(game.roster))
    teams = (replace(game.teams[0], name="الأهلي"), replace(game.teams[1], name="浦和レッズ"))
    library = Library(tmp_path / "library", create=True)
    library.add(replace(game, roster=roster, teams=teams))
    library.write_predictions(game.id, predicted(game), RUN)
    html = build_report(library, "small")
    Page(html)
    assert all(p.name in html for p in roster)
    assert "\u2068الأهلي\u2069" in html  # set apart: what stands beside it keeps its place
    assert "浦和レッズ" in html and "\u2068浦和レッズ" not in html
    assert build_report(library, "small", player="صلاح 0")
