"""What is usual in a league: other games' measures, kept beside them, and how far this one is from them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import orjson
import pytest

from sportsai.library import Library
from sportsai.report import build_report
from sportsai.report.findings import written
from sportsai.report.material import gather
from sportsai.report.measures import Measure, measured
from sportsai.report.usual import FILE, Known, Usual, usual
from tests.report.sections.played import played


def measure(value: float, se: float | None = None, shown: str = "30%") -> Measure:
    return Measure("share", 0, value, shown, "{team}: {value}.", "Share", "n = 1", "theme", se=se)


def known(*values: float, team: str = "Home") -> tuple[Known, ...]:
    return tuple(Known("share", team, v, f"2026-01-{n + 1:02d}", f"g{n // 2}") for n, v in enumerate(values))


def test_z_is_worked_by_hand() -> None:
    others = known(0.1, 0.2, 0.3, 0.4, 0.5, 0.6)  # mean .35, standard deviation sqrt(.035) = .187083
    held = Usual((), others).held(measure(0.7))
    assert held is not None
    assert (held.mean, held.n, held.games) == (pytest.approx(0.35), 6, 3)
    assert held.z == pytest.approx(0.35 / np.sqrt(0.035 * (1 + 1 / 6)))
    wider = Usual((), others).held(measure(0.7, se=0.2))
    assert wider is not None
    assert wider.z == pytest.approx(0.35 / np.sqrt(0.035 * 7 / 6 + 0.04))


def test_few_numbers_or_none_that_differ_are_no_usual() -> None:
    assert Usual((), known(0.1, 0.2, 0.3, 0.4, 0.5)).held(measure(0.7)) is None
    assert Usual((), known(*[0.2] * 8)).held(measure(0.7)) is None


def test_the_last_ten_games_of_a_team() -> None:
    found = Usual((), (*known(*np.arange(12) / 10), *known(9.0, team="Away")))
    assert found.last("share", "Home") == (pytest.approx(np.arange(2, 12).mean() / 10), 10)
    assert found.last("share", "Nobody") is None
    assert written(0.352, measure(0.3)) == "35%"
    assert written(0.352, measure(0.3, shown="12.3 m")) == "0.4 m"
    assert written(7.6, measure(0.3, shown="9")) == "8"


def season(library: Library, n: int) -> None:
    for k in range(n):
        spells = [(0, 60.0 + 5 * k, (0.0, 0.0), (0.0, 0.0)), (1, 60.0, (0.0, 0.0), (0.0, 0.0))] * 3
        library.add(played(spells, id=f"g{k}", date=f"2026-02-{k + 1:02d}"))


def test_other_games_are_measured_once_and_kept(library: Library) -> None:
    season(library, 5)
    library.add(played([(0, 900, (0, 0), (0, 0)), (1, 60, (0, 0), (0, 0))], id="rare"))
    m = gather(library, "rare")
    first = usual(library, m)
    (own,) = [k for k in measured(m) if k.name == "possession" and k.side == 0]
    held = first.held(own)
    assert held is not None
    assert held.games == 6  # the five and the small game of the fixture
    kept = library.version("g1") / FILE
    before = kept.stat().st_mtime_ns
    assert usual(library, m) == first
    assert kept.stat().st_mtime_ns == before
    kept.write_bytes(b"{")  # damaged: made anew, nothing lost
    assert usual(library, m) == first
    assert orjson.loads(kept.read_bytes())["rows"]


def test_what_is_rare_leads_the_front_page(library: Library) -> None:
    season(library, 8)
    library.add(played([(0, 1500, (0, 0), (0, 0)), (1, 70, (0, 0), (0, 0))], id="rare"))
    html = build_report(library, "rare")
    assert "standard deviations more than usual, n = 18 in 9 games" in html
    assert "last 8:" not in html.split('class="tiles"')[0]


def test_other_leagues_cuts_of_the_same_contest_and_clips_are_not_held_against_it(library: Library) -> None:
    season(library, 3)
    library.add(replace(played([(0, 90, (0, 0), (0, 0)), (1, 90, (0, 0), (0, 0))], id="cut"), extra={"of_game": "g0"}))
    library.add(played([(0, 90, (0, 0), (0, 0)), (1, 90, (0, 0), (0, 0))], id="clip", kind="clip"))
    library.add(played([(0, 90, (0, 0), (0, 0)), (1, 90, (0, 0), (0, 0))], id="other", league="bundesliga"))
    games = {k.game for k in usual(library, gather(library, "g0")).others}
    assert games == {"g1", "g2", "small"}


def test_of_the_games_named_alone_and_no_other_is_opened(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    season(library, 5)
    m = gather(library, "g0")
    every, read = usual(library, m), list[str]()
    facts = library.facts
    monkeypatch.setattr(library, "facts", lambda i: read.append(i) or facts(i))
    some = usual(library, m, among=["g1", "g3", "g0"])
    assert sorted(read) == ["g1", "g3"]
    assert some.others == tuple(k for k in every.others if k.game in ("g1", "g3"))
    assert usual(library, m, among=library.ids()) == every


def test_what_is_kept_damaged_is_measured_again(library: Library) -> None:
    season(library, 2)
    m = gather(library, "g0")
    first, kept = usual(library, m), library.version("g1") / FILE
    mark = orjson.loads(kept.read_bytes())["mark"]
    for rows in ([[1]], [["possession", 7, 0.5]], [["possession", 0, "x"]], [["possession", 0, None]], 5, {"a": 1}):
        kept.write_bytes(orjson.dumps({"mark": mark, "rows": rows}))
        assert usual(library, m) == first, rows


def test_a_damaged_game_of_the_league_is_left_out_and_said(library: Library) -> None:
    season(library, 3)
    m = gather(library, "g0")
    usual(library, m)
    (library.version("g1") / "game.json").write_bytes(b"junk")
    (library.version("g2") / "tracks.parquet").write_bytes(b"junk")
    (library.version("g2") / FILE).unlink()
    found = usual(library, m)
    assert set(found.unread) == {"g1", "g2"}
    assert {k.game for k in found.others} == {"small"}
    assert "Left out of what is usual, for they could not be read: g1, g2." in build_report(library, "g0")


def test_a_teams_last_games_are_those_before() -> None:
    found = Usual((), known(0.1, 0.2, 0.3, 0.4))
    assert found.last("share", "Home", "2026-01-03") == (pytest.approx(0.15), 2)
    assert found.last("share", "Home", "2026-01-01") is None
