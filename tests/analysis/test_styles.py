"""Team style from a game's tracks: the task's own windows, pooled by team."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import islice

import numpy as np

from sportsai.analysis import styles
from sportsai.data import HOME, Game, Period, events_frame
from sportsai.tasks import styles as task
from tests.analysis.conftest import constant
from tests.conftest import make_game, make_tracks

RATE = Fraction(25, 13)
NAMES = task.team_names()


def options(**changes) -> task.Options:
    return task.Options(task="styles", **{"part": "front", **changes})


def basketball(rate=RATE, seconds: float = 120.0, log: bool = True) -> Game:
    """Five a side; home and away in possession by turns of 20 s, the ball with their first player."""
    tracks = make_tracks(T=int(seconds * float(rate)), rate_hz=rate, players=5)
    turn = (np.arange(tracks.T) / float(rate) // 20).astype(int) % 2
    # a smooth walk inside the court
    t = np.arange(tracks.T)[:, None] / float(rate)
    xy = np.stack([8 * np.sin(t / 5 + np.arange(10)), 5 * np.cos(t / 7 + 2 * np.arange(10))], -1).astype(np.float32)
    ball = xy[np.arange(tracks.T), turn * 5] + np.float32(0.2)
    tracks = replace(tracks, xy=xy, ball_xy=ball)
    edges = np.flatnonzero(np.diff(turn, prepend=-1))
    ends = np.append(edges[1:], tracks.T)
    events = events_frame(
        {
            "type": ["possession"] * len(edges), "side": turn[edges], "frame": edges, "start_frame": edges,
            "end_frame": ends, "t_s": edges / float(rate),
            "attributes": [{"attacks_right": bool(s == 0), "front_court_frame": int(e) + 3}
                           for s, e in zip(turn[edges], edges, strict=True)],
        }
    )  # fmt: skip
    return make_game(
        tracks, league="nba", kind="clip", events=events if log else None, court_length_m=28.65, court_width_m=15.24,
        periods=(Period(1, 0, tracks.T, HOME),),
    )  # fmt: skip


def test_windows_of_real_quarters_are_the_tasks(real_data) -> None:
    from sportsai.court import load_league
    from sportsai.readers import read_games

    archive = real_data / "basketball" / "nba_q1.npz"
    for part in ("front", "start"):
        taught = task.examples([archive], options(part=part), 16)
        game_of = taught.facts["game_id"].to_numpy(str)
        for game in islice(read_games((archive,), load_league("nba"), "nba_quarters"), 2):
            spells, by = styles.possessions(game)
            assert by == "as the provider marks them"
            windows, _ = styles.cut(game, spells, options(part=part), 16)
            theirs = {int(taught.windows.frame[i]): i for i in np.flatnonzero(game_of == game.id)}
            at = [theirs[int(f)] for f in windows.frame]
            assert len(at) >= len(theirs) - 2  # a substitution inside a window: who is who is not known there
            np.testing.assert_allclose(windows.xy, taught.windows.xy[at], atol=1e-6)
            np.testing.assert_allclose(windows.ball, taught.windows.ball[at], atol=1e-6)
            assert (windows.frame == taught.windows.frame[at]).all()


def test_a_denser_feed_gives_the_same_windows() -> None:
    thin, dense = basketball(), basketball(rate=25)
    a, _ = styles.cut(thin, styles.possessions(thin)[0], options(part="start"), 16)
    b, _ = styles.cut(dense, styles.possessions(dense)[0], options(part="start"), 16)
    assert len(a) == len(b) == 6
    np.testing.assert_allclose(a.xy[0], b.xy[0], atol=1e-5)  # the first possession begins at 0 s in both
    five = basketball(rate=5)  # 2.6 frames a step: between two frames positions are interpolated
    c, _ = styles.cut(five, styles.possessions(five)[0], options(part="start"), 16)
    assert np.abs(c.xy[0] - b.xy[0]).max() * a.scale_m < 0.05


def test_attackers_go_right_and_the_nearest_to_the_ball_comes_first() -> None:
    game = basketball()
    spells, _ = styles.possessions(game)
    windows, left = styles.cut(game, spells, options(), 16)
    first = windows.xy[:, :, 0] - windows.ball[:, None, 0]
    assert (np.diff((first**2).sum(-1), axis=1) >= 0).all()
    row = game.tracks.rows(windows.frame)
    sign = np.where(spells.right[windows.request], 1, -1)
    np.testing.assert_allclose(
        windows.ball[:, 0] * windows.scale_m, game.tracks.ball_xy[row] * sign[:, None], atol=1e-4
    )
    assert sum(left.values()) == 0


def test_what_is_said_is_pooled_by_team(fake) -> None:
    answer = [0.0] * 30
    answer[NAMES.index("HOU")] = 0.5
    weights = fake("basketball", "styles", constant(*answer), contests=["made-up"])
    weights.path.with_name("metrics.json").write_text('{"controls": [{"name": "ball only", "top-1": 0.1}]}')
    game = basketball(seconds=240)
    found = styles.analyse(game, game.events.iloc[:0], weights)
    home, away = found.part["teams"]
    assert home["possessions"] == away["possessions"] == 6
    assert home["likeliest"][0]["team"] == "HOU"
    single = np.exp(0.5) / (np.exp(0.5) + 29)
    assert home["likeliest"][0]["p"] > single  # six say more than one
    assert len(home["frames"]) == 6
    assert found.part["trained_on"]
    assert found.part["controls"][0]["name"] == "ball only"
    assert len(found.events) == 0
    assert "6 possessions look most like Rockets" in found.said[0]
    assert found.part["counts_for"] == styles.COUNTS_FOR
    weights.path.with_name("metrics.json").write_text('{"pool_weight": 1.0}')
    sure = styles.analyse(game, game.events.iloc[:0], weights)
    assert sure.part["teams"][0]["likeliest"][0]["p"] > home["likeliest"][0]["p"]
    few = styles.analyse(basketball(seconds=60), game.events.iloc[:0], weights)
    assert [t["enough"] for t in few.part["teams"]] == [False, False]
    assert few.said == ()


def test_without_a_log_possessions_are_spells_of_control() -> None:
    game = basketball(rate=25, log=False)
    spells, by = styles.possessions(game)
    assert "control the ball" in by
    windows, _ = styles.cut(game, spells, options(), 16)
    assert len(windows) >= 4
    assert set(spells.side[windows.request]) == {0, 1}
    unknown = replace(game, periods=(Period(1, 0, game.tracks.T, None),))
    assert len(styles.possessions(unknown)[0]) == 0


def test_substitutions_gaps_and_a_lost_ball_are_left_out() -> None:
    game = basketball()
    t = game.tracks
    here, ball, frame = t.present.copy(), t.ball_present.copy(), t.frame.copy()
    here[10, 1] = False  # first possession
    ball[50] = False  # second
    frame[90:] += 30  # third
    whole, _ = styles.cut(game, styles.possessions(game)[0], options(part="start"), 16)
    late = replace(game, events=None, tracks=replace(t, present=here, ball_present=ball, frame=frame))
    spells = styles.possessions(game)[0]
    kept, left = styles.cut(late, spells, options(part="start"), 16)
    assert len(kept) < len(whole)
    assert sum(left.values()) == len(whole) - len(kept)


def test_weights_that_are_a_control_tell_no_style(fake) -> None:
    weights = fake("basketball", "styles", constant(*[0.0] * 30))
    blind = replace(weights, recipe=weights.recipe.model_copy(update={"data": options(ball=False)}))
    found = styles.analyse(basketball(), basketball().events.iloc[:0], blind)
    assert found.part == {}
    assert "a control" in found.notes[0]
