"""Forty queries on a small game, each answer worked out by hand with the reason beside it (tests/queries/small.py)."""

from __future__ import annotations

from pathlib import Path

import pytest

from sportsai.library import Library
from sportsai.queries import query
from sportsai.queries.answer import ordered
from sportsai.queries.ask import ask
from sportsai.queries.wrong import QueryError
from tests.queries.small import small_library

BY_HAND = [
    ("pass", "e1 e2 e5 e8 e9 e10", "every pass, not l2 of the log: the game was analysed"),
    ("passes", "e1 e2 e5 e8 e9 e10", "a plural is the same"),
    ("pass by 'Player h0'", "e1 e8", "the key player"),
    ("pass by 'player H0' in period 1 with probability > 0.5", "e1", "e8 is 0.3"),
    ("pass to 'Player h2'", "e2", "the only one whose receiver is h2"),
    ("pass for home in period 2", "e9", "e10 is away's"),
    ("pass for HOM in the second half", "e9", "the abbreviation; the half in words"),
    ("pass against home", "e5 e10", "away's passes"),
    ("pass for 'Away City'", "e5 e10", "the name"),
    ("shots in the box", "e3 e6 e12", "e11 lies 25 m from the middle; e6 and e12 attack left"),
    ("shot outside the box", "e11", "the rest"),
    ("pass in final third", "e2 e5 e9 e10", "turned: 40, 30, 40, 20 m; e1 is at 10 m, e8 at 0"),
    ("turnover in own half", "e4", "-20 m for a team that attacks right"),
    ("pass in opponents' half", "e1 e2 e5 e8 e9 e10", "all at 0 m or more, the halfway line included"),
    ("shot with probability >= 70%", "e3 e12", "0.7 is enough"),
    ("shot with probability < 0.65", "e6", "e11 is 0.65"),
    ("pass then shot within 5s", "e1+e3 e2+e3 e5+e6 e10+e11", "5.0 s is within; e9 waits 7 s; e8 and no shot"),
    ("pass then shot within 4.9s", "e2+e3", "the others take 5.0 s"),
    ("pass then shot within 5s by 'Player h0'", "e1+e3", "after a within it is said of the first event, the pass"),
    ("pass then shot by 'Player a0' within 5s", "e10+e11", "before it of the shot"),
    ("pass then shot within 5s by same player", "e10+e11", "only a0 shoots after his own pass; e9 has no player"),
    ("pass then shot within 5s by same team", "e1+e3 e2+e3 e5+e6 e10+e11", "e9's next shot is away's"),
    ("pass then shot by other team", "e1+e6 e2+e6 e9+e11 e10+e12", "the first shot of the others, however late"),
    ("shot and foul", "e6+e7", "the same instant"),
    ("shot and not foul", "e3 e11 e12", "all but e6"),
    ("shot and foul within 10s", "e3+e7 e6+e7", "20.0 - 10.0 s is within 10 s, before or after"),
    ("a shot and not a foul", "e3 e11 e12", "articles do not matter"),
    ("shot and no guard", "e6 e11 e12", "e3 falls into the guard of [9.0, 10.5)"),
    ("pass during possession", "e1+p1 e2+p1 e5+p2 e9+p3", "e8 and e10 lie in none"),
    ("shot during possession", "e3+p1", "e6 at 20.0 s is just after [14.0, 20.0)"),
    ("guard during possession", "s1+p1", "[9.0, 10.5) lies wholly in [4.0, 11.0)"),
    ("possession then shot within 1s", "p2+e6", "measured from its end: 0.0 s; 9 s and 6 s after the others"),
    ("shot while leading", "", "home's e3 comes 0.5 s before its goal"),
    ("shot while trailing", "e6", "home leads from 10.5 to 30 s"),
    ("shot while level", "e3 e11 e12", "0-0, then 1-1"),
    ("pass between 0:05 and 0:15", "e1 e2", "5.0 s is in, 15.0 s is out"),
    ("pass after 45:00", "e9 e10", "the second half begins there"),
    ("pass before 0:07", "e1", "7.0 s is out"),
    ("pass label 'Direct play'", "e1", "0.7; as the league titles it"),
    ("pass label chaotic", "", "0.2 does not hold"),
    ("goal", "e12", "a shot whose outcome is a goal; the log's goals are not asked"),
    ("pass then pass then shot within 5s", "e1+e2+e3 e2+e5+e6 e9+e10+e11", "the next pass each; e5's is e8"),
    ("pass and not pass within 2s", "e5 e8", "e1 and e2, e9 and e10 are 2.0 s apart; itself does not count"),
    ("turnover then no shot within 5s", "e4", "the next shot is 8 s away"),
    ("pass then no shot", "e8", "no later shot in its period"),
    ("(pass then shot within 5s) and foul", "e5+e6+e7", "the foul ends its span"),
    ("pass, then shot and no guard within 5s", "e1+e6 e2+e6 e5+e6 e9+e11 e10+e11",
     "the shot is the one with no guard within 5 s: not e3; then without a limit of time"),
    ("shot by 'Player a0' or 'Player h2'", "e3 e11 e12", "either"),
    ("pass or shot in box", "e2 e3 e6 e9 e12", "the filter holds for both"),
    ("pass order by probability top 2", "e5 e1", "0.95, then 0.9 that comes first"),
    ("pass order by time desc limit 2", "e8 e5", "later in its period first"),
    ("pass in game small in league soccer", "e1 e2 e5 e8 e9 e10", "everything here"),
    ("turnover to 'Player a0'", "e4", "the opponent who won it"),
]  # fmt: skip


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return small_library(tmp_path_factory.mktemp("by_hand"))


@pytest.mark.parametrize(("text", "expected", "why"), BY_HAND, ids=[q for q, _, _ in BY_HAND])
def test_answers_worked_by_hand(library: Library, text: str, expected: str, why: str) -> None:
    asked = ask(text, library)
    found = asked.matches.rows[ordered(asked)]
    ids = asked.columns.event_id.take(asked.columns.row[found].ravel()).to_pylist()
    k = found.shape[1]
    assert " ".join("+".join(ids[i : i + k]) for i in range(0, len(ids), k)) == expected, why
    assert bool(asked.empty) == (expected == "")


def test_counts_worked_by_hand(library: Library) -> None:
    def counted(text: str) -> list[list[object]]:
        made = query(text, library)
        return made.astype(object).where(made.notna(), None).values.tolist()

    assert counted("count passes") == [[6]]
    assert counted("pass count by player") == [
        ["Player a0", 2], ["Player h0", 2], ["""O'Neil "<b>x</b>"; drop table events --""", 1], [None, 1],
    ]  # fmt: skip
    assert counted("pass count by team, period") == [
        ["Home Town", 1, 3], ["Away City", 1, 1], ["Away City", 2, 1], ["Home Town", 2, 1],
    ]  # fmt: skip
    assert counted("shot count by zone") == [["penalty area", 3], ["final third", 1]]
    assert counted("pass or shot top 1 type") == [["pass", 6]]
    assert counted("pass count by label") == [[None, 5], ["direct", 1]]
    assert counted("pass then shot within 5s by same team count by team order by team") == [
        ["Away City", 2], ["Home Town", 2],
    ]  # fmt: skip
    assert counted("shot while leading count") == [[0]]


def test_whose_events_are_asked(library: Library) -> None:
    assert query("throw-in", library).empty
    assert query("throw in", library).attrs["empty"].startswith("no throw in among the 16 events (1 in the logs")
    assert query("throw-in", library, source="logged")["event_id"].tolist() == ["l1"]
    assert query("goal", library, source="all")["source"].tolist() == ["logged", "logged", "recognised"]
    assert query("pass", library, source="all")["event_id"].tolist() == ["e1", "l2", "e2", "e5", "e8", "e9", "e10"]


def test_a_game_that_was_not_analysed_is_asked_about_its_log(library: Library, tmp_path: Path) -> None:
    from tests.queries.small import small_game

    other = Library(tmp_path / "other", create=True)
    other.add(small_game("logged"))
    made = query("pass", other)
    assert made[["event_id", "source", "type"]].values.tolist() == [["l2", "logged", "pass"]]
    assert made["probability"].isna().all()


def test_the_columns_of_an_answer(library: Library) -> None:
    row = query("pass then shot within 5s by same player", library).iloc[0].to_dict()
    assert row == {
        "game": "small", "period": 2, "clock": "45:04", "t_s": 4.0, "type": "pass", "player": "Player a0",
        "team": "Away City", "probability": pytest.approx(0.9), "x_m": 20.0, "y_m": 0.0, "source": "recognised",
        "t_s_2": 9.0, "type_2": "shot", "player_2": "Player a0", "team_2": "Away City",
        "probability_2": pytest.approx(0.65), "start_frame": 635, "end_frame": 696, "event_id": "e10",
    }  # fmt: skip


def test_what_was_left_out_is_said(library: Library) -> None:
    assert query("foul in box", library).attrs["notes"] == [
        "the zone of 1 foul of 1 is not known (the place, the team or its direction of play): left out"
    ]
    assert query("goal with probability > 0.5", library, source="all").attrs["notes"] == [
        "2 goals without a probability (logged, not recognised) left out"
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("pass by 'Player h0' then turnover within 1s", "2 passes by 'Player h0', none followed by a turnover "
         "within 1 s (there is 1 turnover)"),
        ("pass by 'Player h0' in period 2", "6 passes, 2 by 'Player h0', none in period 2"),
        ("offside then pass", "no offside among the 16 events"),
        ("throw-in then pass", "no throw in among the 16 events (1 in the logs of analysed games: ask with "
         "--source all)"),
        ("pass then offside within 2s", "6 passes, none followed by an offside within 2 s (there is none: no offside "
         "among the 16 events)"),
        ("pass during shot", "6 passes, none during a shot (4 shots, which are moments and last no time: nothing "
         "lies in them)"),
        ("turnover and no pass within 9s", "1 turnover, every one together with a pass within 9 s"),
    ],
)  # fmt: skip
def test_an_empty_answer_says_which_part_emptied_it(library: Library, text: str, why: str) -> None:
    made = query(text, library)
    assert made.empty
    assert made.attrs["empty"] == why


@pytest.mark.parametrize(("score", "why"), [((3, 1), "add up to the final 3-1"), (None, "no final score")])
def test_a_score_that_cannot_be_derived_is_not_guessed(tmp_path: Path, score: tuple[int, int] | None, why: str) -> None:
    library = Library(tmp_path / "lib", create=True)
    from tests.queries.small import small_game

    library.add(small_game(score=score))
    made = query("pass while level", library)
    assert made.empty
    assert why in made.attrs["notes"][0]
    assert "1 pass left out" in made.attrs["notes"][0]


def test_a_period_without_a_direction_is_counted(tmp_path: Path) -> None:
    from sportsai.data import Period
    from tests.queries.small import recognised, small_game

    library = Library(tmp_path / "lib", create=True)
    library.add(small_game(periods=(Period(1, 0, 600, 0), Period(2, 600, 1200, None))))
    library.write_predictions("small", recognised()[0], {"run_id": "r1", "made_at": "2026"})  # type: ignore[arg-type]
    made = query("shot in box", library)
    assert made["event_id"].tolist() == ["e3", "e6"]
    assert made.attrs["notes"][0].startswith("the zone of 2 shots of 4 is not known")


def test_a_changed_library_is_read_anew(tmp_path: Path) -> None:
    library = small_library(tmp_path)
    assert len(query("pass", library)) == 6
    from tests.queries.small import recognised, small_game

    moments = recognised()[0]
    library.write_predictions("small", moments.head(3), {"run_id": "r3", "made_at": "2027"})  # type: ignore[attr-defined]
    assert len(query("pass", library)) == 2
    library.add(small_game("second"))
    assert len(query("pass", library)) == 3
    library.remove("small")
    assert query("pass", library)["game"].tolist() == ["second"]


def test_a_name_of_another_sports_zone_does_not_take_away_everybodys(tmp_path: Path) -> None:
    from tests.queries.small import small_game

    library = small_library(tmp_path)
    library.add(small_game("snap", league="american_football"))  # whose court has zones called own half, their half
    assert query("turnover in own half", library)["event_id"].tolist() == ["e4"]
    assert len(query("pass in opponents' half in game small", library)) == 6


def test_a_shot_of_the_log_that_says_goal_counts(tmp_path: Path) -> None:
    from sportsai.data import events_frame
    from tests.queries.small import small_game

    log = events_frame({
        "event_id": ["a", "b", "c"], "period": [1, 1, 1], "t_s": [5.0, 10.0, 15.0], "frame": [50, 100, 150],
        "type": ["shot"] * 3, "side": [0, 1, 0], "attributes": [{}, {"goal": True}, {"lead_to_goal": False}],
    })  # fmt: skip
    library = Library(tmp_path / "lib", create=True)
    library.add(small_game(events=log, score=(0, 1)))
    assert query("shot while level", library)["event_id"].tolist() == ["a", "b"]
    assert query("shot while trailing", library)["event_id"].tolist() == ["c"]


def test_a_filter_after_a_within_says_whose_it_is_and_how_to_say_the_other(library: Library) -> None:
    notes = query("pass then shot within 5s by 'Player h0' in period 1", library).attrs["notes"]
    assert notes == [
        "by 'Player h0' is said of the pass, the first event; to say it of the shot, write: "
        "pass then shot by 'Player h0' in period 1 within 5 s"
    ]
    instead = notes[0].partition("write: ")[2]
    assert query(instead.replace("h0", "a0").replace("period 1", "period 2"), library).attrs["notes"] == []
    assert query("pass then shot within 5s in period 1", library).attrs["notes"] == []


def test_then_without_a_within_says_how_far_it_reaches(library: Library) -> None:
    assert query("pass then shot", library).attrs["notes"] == [
        "then without a within reaches to the end of the period; for what follows soon add within 5s"
    ]


def test_nothing_but_how_to_count_counts_every_event(library: Library) -> None:
    assert query("count by type", library).equals(query("event count by type", library))
    assert query("count", library)["count"].tolist() == [16]
    assert query("how many passes by 'Player h0'", library)["count"].tolist() == [2]
    assert query("top 1 types", library)["type"].tolist() == ["pass"]


def test_two_that_never_share_a_game_are_told(tmp_path: Path) -> None:
    from tests.queries.small import small_game

    library = small_library(tmp_path)
    library.add(small_game("other"))
    made = query("throw-in in game other then shot within 5s", library)
    assert made.attrs["empty"].endswith("none followed by a shot within 5 s (there are 4 shots, none in the same game)")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Player h0", "event by 'Player h0'"),
        ("h0 passes", "pass by 'h0'"),
        ("Home Town shot", "shot for 'Home Town'"),
        ("h0's pass", "pass by 'h0'"),
    ],
)
def test_a_name_where_an_event_should_stand_is_known(library: Library, said: str, meant: str) -> None:
    with pytest.raises(QueryError, match=f'Did you mean "{meant}"'):
        query(said, library)
    assert len(query(meant, library)) > 0


def test_a_zone_is_what_the_more_particular_ones_leave(tmp_path: Path) -> None:
    """A wing is drawn as its half of the pitch; the centre and the half-space within it are not the wing."""
    from sportsai.data import events_frame
    from tests.queries.small import small_game

    y = [0.0, 15.0, 25.0, -25.0, 34.4]
    log = events_frame({
        "event_id": ["middle", "half_space", "left", "right", "out"], "period": [1] * 5, "t_s": [1.0, 2, 3, 4, 5],
        "frame": [10, 20, 30, 40, 50], "type": ["pass"] * 5, "side": [0] * 5, "x": [20.0] * 5, "y": y,
    })  # fmt: skip
    library = Library(tmp_path / "lib", create=True)
    library.add(small_game(events=log))
    assert query("pass in left wing", library)["event_id"].tolist() == ["left", "out"]
    assert query("pass in wing", library)["event_id"].tolist() == ["left", "right", "out"]
    assert query("pass in left half-space", library)["event_id"].tolist() == ["half_space"]
    assert query("pass outside wing", library)["event_id"].tolist() == ["middle", "half_space"]
    assert query("pass count by zone", library).values.tolist() == [["final third", 4], ["zone 14", 1]]


def test_a_clock_that_runs_down_never_shows_more_than_it_starts_with(tmp_path: Path) -> None:
    from tests.queries.small import small_game

    library = small_library(tmp_path)
    library.add(small_game("rink", league="hockey"))  # whose periods run from 20:00 down
    assert len(query("event before 19:50 in game rink", library, source="logged")) == 1  # at 0:05.1 played
    assert "rink" not in query("event before 60:00", library, source="logged")["game"].tolist()
    assert "rink" not in query("event after 60:00", library, source="logged")["game"].tolist()
    assert len(query("event after 19:59 in game rink", library)) == 4
    assert len(query("event between 60:00 and 19:50 in game rink", library)) == 1
