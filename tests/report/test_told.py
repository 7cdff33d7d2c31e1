"""What further models told, on the pages: each with its evidence, its score and what it was trained on."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sportsai.data import Game, empty_events
from sportsai.library import Library
from sportsai.report import build_report
from sportsai.report.material import gather
from sportsai.report.remarks import ordinal, remarks
from sportsai.report.words import possessive
from tests.report.conftest import RUN, predicted, small_game
from tests.report.test_page import Page, told

SCORES = {
    "headline": "top-1", "items": 900, "contests": 9, "chance": {"top-1": 0.03}, "interval": [0.4, 0.6],
    "mean": {"top-1": 0.25, "top-3": 0.42, "accuracy": 0.88, "team-quarter top-1": 0.9, "AP shot": 0.3},
}  # fmt: skip
MODEL = {
    "capability": "styles", "tells": "which team the possessions look like", "title": "Team style", "trained_on": True,
    "recipe": "basketball/styles", "model": "path_pool", "weights_sha256": "cd" * 32, "scores": SCORES,
    "card_text": "# A card <b>of</b> it", "terms": "none stated",
}  # fmt: skip


def written(tmp_path: Path, game: Game, events: Any, run: dict[str, Any]) -> tuple[Library, str]:
    library = Library(tmp_path / "library", create=True)
    library.add(game)
    library.write_predictions(game.id, events, run)
    html = build_report(library, game.id)
    page, data = Page(html), told(html)
    assert [h for h in page.links if h.startswith("#") and h[1:] not in page.ids] == []
    assert all(0 <= i < len(data["plays"]) for each in data["lists"].values() for i in each)
    return library, html


def court_game(league: str, **changes: Any) -> Game:
    size = {"nba": (28.65, 15.24), "nfl": (109.7, 48.8), "olympics_hockey": (60.96, 25.9)}[league]
    return small_game(league=league, court_length_m=size[0], court_width_m=size[1], kind="clip", score=None, **changes)


def style(**changes: Any) -> dict[str, Any]:
    teams = [
        {"side": s, "team": "x", "possessions": 6, "enough": True, "own": None, "frames": [[100, 180], [300, 380]],
         "likeliest": [{"team": "HOU", "name": "Rockets", "p": 0.31}, {"team": "WAS", "name": "Wizards", "p": 0.12}]}
        for s in (0, 1)
    ]  # fmt: skip
    part = {"teams": teams, "possessions_by": "as the provider marks them", "trained_on": False, "scores": SCORES,
            "controls": [{"name": "the ball alone", "top-1": 0.11, "top-3": 0.2, "team-quarter": 0.5}]}  # fmt: skip
    return {**part, **changes}


def test_the_models_table_says_what_was_asked_of_whom(tmp_path: Path) -> None:
    one = {**MODEL, "scores": {**SCORES, "contests": 1}, "told": True}
    quiet = {**MODEL, "capability": "outcomes", "tells": "how possessions end", "told": False}
    run = {**RUN, "metrics": {"types": {}}, "models": [one, quiet], "styles": style()}
    _, html = written(tmp_path, court_game("nba"), empty_events(), run)
    assert "900 moments of one game, half against half" in html
    assert "Had nothing to say of this game: how possessions end." in html
    assert html.count("A card") == 1


def test_style_stands_beside_its_score_and_its_controls(tmp_path: Path) -> None:
    run = {**RUN, "metrics": {"types": {}}, "models": [MODEL], "styles": style()}
    _, html = written(tmp_path, court_game("nba"), empty_events(), run)
    assert "these possessions look most like Rockets 31%, Wizards 12%" in html
    assert "named the right team in 25% (guessing: 3%)" in html
    assert "quarter taken together in 90%" in html
    assert "A claim of style is only made where it survives the controls." in html
    assert "the ball alone" in html
    assert "trained on this very game" not in html
    data = told(html)
    plays = [data["plays"][i] for i in data["lists"]["style-1"]]
    assert [p[4:6] for p in plays] == [[100, 180], [300, 380]]
    assert [p[8] for p in plays] == [1, 1]
    assert "final third" not in html
    assert "A card &lt;b&gt;of&lt;/b&gt; it" in html
    assert "cd" * 32 in html


def test_a_style_that_proves_nothing_says_so(tmp_path: Path) -> None:
    few = style(trained_on=True, controls=[], scores=None)
    for team in few["teams"]:
        team["enough"] = False
    _, html = written(tmp_path, court_game("nba"), empty_events(), {**RUN, "metrics": {"types": {}}, "styles": few})
    assert "too few to say what they look like" in html
    assert "trained on this very game" in html
    assert "No controls were measured" in html
    assert "without a score on games they did not see" in html
    assert "look most like Rockets" not in html


def test_likely_receivers_and_second_opinions_stand_beside_a_pass(tmp_path: Path) -> None:
    game = small_game()
    events = predicted(game)
    for i, kind in enumerate(events["type"]):
        if kind == "pass":
            rank = 1 + i % 5
            got = str(events["other_ids"].iloc[i][0])
            events["attributes"].iloc[i].update(
                likely_receivers=[["p2", 0.5], ["p4", 0.3], [None, 0.1]], receivers_seen=5,
                receiver={"id": got, "rank": rank, "p": 0.24},
                second_opinion={"pass": 0.93, "turnover": 0.06, "carry": 0.004}, second_opinion_trained_on=True,
            )  # fmt: skip
    sides = [{"known": 20, "first": 8, "among_three": 15}, {"known": 16, "first": 8, "among_three": 12}]
    part = {"passes": 40, "told": 40, "known": 36, "by_side": sides, "seen": 5.2, "scores": SCORES}
    run = {**RUN, "receivers": part, "handovers": {"told": 40}}
    library, html = written(tmp_path, game, events, run)
    notes = [p[15] for p in told(html)["plays"]]
    assert any("was the 2nd likeliest receiver (24%); the likeliest: Player 2 50%." in n for n in notes)
    assert any("Second opinion: pass 93%, turnover 6%. This model was trained on this game." in n for n in notes)
    assert "Away play 50% of their passes to the likeliest receiver" in html
    assert "first choice received 25% of the passes, one of its first three 42%" in html
    assert "Passes the model did not expect" in html
    m = gather(library, "small")
    assert remarks(m, {"likely_receivers": [["p2", 0.5], [None, 0.1]]}) == [
        "Likeliest receivers: Player 2 50%, an unnamed player 10%."
    ]
    assert remarks(m, {}) == []


def test_a_play_says_pass_or_run_first(tmp_path: Path) -> None:
    game = court_game("nfl")
    assert game.tracks is not None
    game = replace(game, tracks=game.tracks.cut(0, 300), events=predicted(game).iloc[:0], periods=game.periods[:1])
    events = predicted(small_game()).iloc[:1].assign(type="pass", frame=50, start_frame=50, end_frame=71)
    classes = {"pass": 0.93, "rush": 0.07}
    events["attributes"] = [{"moment": "2 s after the snap", "classes": classes, "samples": 21, "logged": "pass"}]
    part = {"type": "pass", "p": 0.93, "classes": classes, "after_s": 2.0, "samples": 21, "logged": "pass",
            "trained_on": True, "scores": SCORES}  # fmt: skip
    _, html = written(tmp_path, game, events, {**RUN, "metrics": {"types": {}}, "snaps": part})
    assert "Pass, 93%" in html
    assert "two seconds after the snap; 21 samples." in html
    assert "Right in 88% of 900 it never saw (9 games). The model was trained on this very game" in html
    data = told(html)
    assert data["plays"][data["lists"]["snap"][0]][4:6] == [50, 71]
    assert "pass network" not in html
    assert 'id="timeline"' not in html  # one play has no minutes
    assert "Rank:" not in html


def test_the_logs_moments_are_said_to_be_the_logs(tmp_path: Path) -> None:
    game = court_game("olympics_hockey")
    events = predicted(game)
    events["type"] = ["shot" if i % 2 else "pass" for i in range(len(events))]
    events["attributes"] = [
        {"moment": "from the log", "classes": {"shot": 0.6, "recovery": 0.4}, "logged": ["shot"], "agrees": bool(i % 2)}
        for i in range(len(events))
    ]
    run = {**RUN, "metrics": {"types": {}}, "plays": {"told": len(events), "trained_on": False, "scores": SCORES}}
    _, html = written(tmp_path, game, events, run)
    agree = sum(i % 2 for i in range(len(events)))
    assert f"of {len(events)} moments" in html
    assert len(told(html)["lists"]["agree"]) == agree
    assert "Moment and player are from the log, which says: shot. The model: shot 60%, puck recovery 40%." in html
    assert told(html)["ball"] == "puck"
    text = re.sub(r"<script.*?</script>|<style.*?</style>", "", html, flags=re.S)
    said = re.sub(r"<[^>]*>", " ", text.split('id="model"')[0])
    assert re.findall(r".{0,30}\bballs?\b.{0,30}", said, flags=re.I) == []


def test_possessions_with_everybody_tracked_open_at_their_start(tmp_path: Path) -> None:
    classes = {"pass": 0.7, "shot": 0.3}
    shots = [{"frame": 50, "period": 1, "t_s": 5.0, "side": 1, "player": "p7", "p": 0.3, "classes": classes}]
    sides = [{"n": 0, "expected": {"shot": 0.0}}, {"n": 4, "expected": {"shot": 0.6}}]
    part = {"starts": 9, "told": 4, "by_side": sides, "likeliest_shots": shots, "scores": SCORES}
    game = small_game()
    _, html = written(tmp_path, game, predicted(game), {**RUN, "outcomes": part})
    assert "Away: 4 possessions, 0.6 shots expected" in html
    assert "4 of 9 such starts" in html
    data = told(html)
    assert data["plays"][data["lists"]["start-0"][0]][3] == 50


@pytest.mark.parametrize(("n", "said"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd")])
def test_ordinals(n: int, said: str) -> None:
    assert ordinal(n) == said


def test_possessives() -> None:
    assert possessive("Bulls") == "Bulls’"
    assert possessive("Bayern") == "Bayern’s"
