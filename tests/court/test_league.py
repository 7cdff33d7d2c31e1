"""Leagues: every one loads, a new one is a folder, and whatever is wrong with a file is one line that helps."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sportsai.court import league_names, load_league
from sportsai.court.facts import LeagueFacts, read_facts
from sportsai.errors import LeagueError, RecipeError, SportsaiError
from sportsai.resources import leagues_folders

SHIPPED = leagues_folders()[-1]
LEAGUES = league_names()

SUNDAY = """
full_name = "Sunday League"
sport = "soccer"
[court]
length = 96
width = 60
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Return a function that writes a file into a folder of one's own leagues."""
    monkeypatch.setenv("SPORTSAI_LEAGUES", str(tmp_path))

    def write(text: str, at: str = "sunday/league.toml") -> Path:
        path = tmp_path / at
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize("name", LEAGUES)
def test_every_league_loads(name: str) -> None:
    league = load_league(name)
    assert league.name == name
    assert league.full_name
    assert league.source
    assert league.court.players_per_side > 0
    assert league.events
    assert league.clock.source
    assert all(event.label and event.group for event in league.events.values())
    assert load_league(name) is league  # read once
    is_league = (SHIPPED / name / "league.toml").is_file()
    assert (league.sport == name) != is_league
    if is_league:
        assert league.folder == SHIPPED / name
        assert league.teams
    for team in league.teams:
        assert 2 <= len(team.abbreviation) <= 3
        assert len(team.colours) == 2
        assert league.team(team.name) is team
        assert league.team(team.abbreviation.lower()) is team


@pytest.mark.parametrize(
    ("name", "count"),
    [("bundesliga", 18), ("a_league", 13), ("nba", 30), ("nhl", 32), ("nfl", 32), ("olympics_hockey", 10)],
)
def test_leagues_have_all_their_teams(name: str, count: int) -> None:
    assert len(load_league(name).teams) == count


def test_teams_are_found_as_providers_write_them() -> None:
    bundesliga, a_league = load_league("bundesliga"), load_league("a_league")
    assert bundesliga.team("FC Bayern München") is bundesliga.team("bayern munich")
    dortmund = bundesliga.team("Borussia Dortmund")
    assert dortmund is not None
    assert dortmund.id == "dortmund"
    for said in ("Western United", "Auckland FC", "Sydney Football Club", "Brisbane Roar FC",
                 "Perth Glory Football Club", "Wellington Phoenix FC", "Melbourne City FC", "Macarthur FC",
                 "Newcastle United Jets FC", "Central Coast Mariners Football Club",
                 "Adelaide United Football Club"):  # fmt: skip
        assert a_league.team(said), said
    assert bundesliga.team("Arsenal") is None


def test_events_in_groups() -> None:
    volleyball = load_league("volleyball")
    assert volleyball.event_names("activity")[:2] == ["l_pass", "l_set"]
    assert len(volleyball.event_names("activity")) == 8
    assert len(volleyball.event_names("action")) == 9
    assert len(load_league("olympics_hockey").event_names("event")) == 10


@pytest.mark.real
def test_leagues_know_every_word_of_the_real_games(real_data: Path) -> None:
    """Each class, tag and team of the public data sets is an event or a team of its league."""
    pd = pytest.importorskip("pandas")
    hockey, nfl, nba = load_league("olympics_hockey"), load_league("nfl"), load_league("nba")
    marked = pd.read_csv(real_data / "hockey" / "bdc2022_events.csv", usecols=["team", "cls"])
    assert set(marked["cls"]) <= set(hockey.events)
    assert all(hockey.team(team) for team in marked["team"].unique())
    plays = pd.read_csv(real_data / "football_nfl" / "plays.csv")
    tags = pd.read_csv(real_data / "football_nfl" / "events.csv", usecols=["event"])
    assert {*plays["play_type"], *tags["event"]} <= set(nfl.events)
    assert all(nfl.team(team) for team in {*plays["offense"], *plays["defense"]})
    assert all(nba.team(team) for team in pd.read_csv(real_data / "basketball" / "teams.csv")["abbr"])
    boxes = pd.read_parquet(real_data / "volleyball" / "boxes.parquet", columns=["action", "group"])
    assert set(boxes["group"]) == set(load_league("volleyball").event_names("activity"))
    assert set(boxes["action"]) == set(load_league("volleyball").event_names("action"))


def test_a_new_league_is_a_folder(own: Callable[..., Path]) -> None:
    path = own(SUNDAY)
    league = load_league("sunday")
    assert "sunday" in league_names()
    assert (league.sport, league.court.length_m, league.court.width_m) == ("soccer", 96, 60)
    assert league.court.shape("penalty_area", "right").points()[:, 0].min() == pytest.approx(48 - 16.5)
    assert league.events == load_league("soccer").events
    assert league.folder == path.parent
    assert league.teams == ()


def test_a_new_sport_is_a_file(own: Callable[..., Path]) -> None:
    own(
        """
        full_name = "Yard ball"
        [court]
        name = "yard"
        unit = "ft"
        length = 20
        width = "10 1/2"
        players_per_side = 2
        [[court.shapes]]
        name = "middle"
        kind = "across"
        at_x = 0
        [clock]
        period_name = "round"
        periods = 3
        counts = "up"
        [events.throw]
        label = "Throw"
        group = "event"
        """,
        "yardball.toml",
    )
    league = load_league("yardball")
    assert league.court.width_m == pytest.approx(10.5 * 0.3048)
    assert league.court.shape("middle").points()[:, 1].tolist() == pytest.approx([-5.25 * 0.3048, 5.25 * 0.3048])
    assert league.sport == "yardball"
    assert league.folder is None


def test_a_file_of_ones_own_wins(own: Callable[..., Path]) -> None:
    own(SUNDAY, "nba/league.toml")
    assert load_league("nba").full_name == "Sunday League"


def test_readers_and_recipes_fall_back_to_the_sport(own: Callable[..., Path]) -> None:
    own(SUNDAY)
    own("unit = 'm'", "soccer/readers/maker.toml")
    own("unit = 'cm'", "sunday/readers/maker.toml")
    own("epochs = 1", "soccer/recipes/yard_model.toml")
    sunday = load_league("sunday")
    assert sunday.reader_facts("maker") == {"unit": "cm"}
    assert load_league("bundesliga").reader_facts("maker") == {"unit": "m"}
    assert "maker" in sunday.reader_names()
    assert "yard_model" in sunday.recipe_names()
    assert sunday.recipe_path("yard_model").read_text() == "epochs = 1"
    with pytest.raises(LeagueError, match=r'sunday has no reader facts for "makr".*Did you mean "maker"'):
        sunday.reader_facts("makr")
    with pytest.raises(RecipeError, match=r'sunday has no recipe "yard_modle".*Did you mean "yard_model"'):
        sunday.recipe_path("yard_modle")
    own("unit = ", "sunday/readers/broken.toml")
    with pytest.raises(LeagueError, match=r"broken\.toml, line 1.*not valid TOML"):
        sunday.reader_facts("broken")


def test_unknown_league_names_the_nearest() -> None:
    with pytest.raises(LeagueError, match=r'no league named "bundeslga"\. Did you mean "bundesliga"\?'):
        load_league("bundeslga")


COURT = SUNDAY
SHAPE = SUNDAY + '[[court.shapes]]\nname = "mark"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("full_name = ", r"line 1.*not valid TOML"),
        (SUNDAY + "[court]\n", r"not valid TOML"),
        ('sport = "soccer"', r'league\.toml, "full_name": is missing'),
        (SUNDAY.replace('"soccer"', '"socer"'), r'"sport": no sport named "socer".*Did you mean "soccer"'),
        (SUNDAY.replace('"soccer"', '"nba"'), r'"nba" is itself a league of "basketball".*one level'),
        (SUNDAY.replace("full_name", "fullname"), r'"fullname": unknown key\. Did you mean "full_name"'),
        (COURT + "lenght = 3\n", r'"court\.lenght": unknown key\. Did you mean "length"'),
        (COURT.replace("96", '"ninety"'), r'"court\.length": is \'ninety\'; expected a number such as'),
        (COURT.replace("96", "true"), r'"court\.length": is True; expected a number'),
        (COURT.replace("96", "-4"), r'"court\.length": is -4'),
        (COURT.replace("96", "inf"), r'"court\.length": is inf'),
        (COURT.replace("96", '"1/0"'), r'"court\.length"'),
        (COURT + 'unit = "furlong"\n', r"\"court\.unit\": is 'furlong'; expected.*'m'"),
        (COURT + "corner_radius = 90\n", r'"court\.corner_radius": is 90 m; expected at most half the width, 30 m'),
        (SHAPE, r'"court\.shapes\[mark\]\.kind": is missing'),
        (SHAPE + 'kind = "blob"\n', r"\"court\.shapes\[mark\]\.kind\": is 'blob'"),
        (SHAPE + 'kind = "circle"\ncentre = [0, 0]\n', r'"court\.shapes\[mark\]": kind "circle" needs "radius"'),
        (SHAPE + 'kind = "spot"\ncentre = [0, 0]\nradius = 1\nx = [0, 1]\n', r'kind "spot" has no "x"'),
        (SHAPE + 'kind = "across"\nat_x = 1\nx_from = "share"\n', 'kind "across" cannot be placed by "share"'),
        (SHAPE + 'kind = "across"\nat_x = 1\ncolor = "#ffffff"\n', r'shapes\[mark\]\.color": unknown key.*"colour"'),
        (
            SHAPE + 'kind = "across"\nat_x = 1\ncolour = "red"\n',
            r"shapes\[mark\]\.colour\": is 'red'; expected a colour such",
        ),
        (
            SHAPE + 'kind = "across"\nat_x = 1\nrepeat = { by = [1, 0] }\n',
            r'"court\.shapes\[mark\]\.repeat\.times": is missing',
        ),
        (SUNDAY + '[[court.zones]]\nname = "z"\ngroup = "g"\nx = [0, 1]\nmirror = "x"\n', r'needs "mirrored"'),
        (SUNDAY + '[clock]\ncounts = "sideways"\n', r'"clock\.counts"'),
        (SUNDAY + "[clock]\nperiods = 0\n", r'"clock\.periods": is 0'),
        (SUNDAY + '[events.goal]\nlabel = "Goal"\n', r'"events\.goal\.group": is missing'),
        (
            SUNDAY + '[events.goal]\nlabel = "G"\ngroup = "g"\nkeyplayer = "x"\n',
            r'keyplayer": unknown key.*"key_player"',
        ),
        (SUNDAY + '[events."Big Goal"]\nlabel = "G"\ngroup = "g"\n', "is 'Big Goal'; expected a name of a-z"),
        (SUNDAY + "[labels.implies]\npass = ['flight']\n", r'"labels\.implies": no label named "flight"'),
        (SUNDAY + "[labels.implies]\npass = ['cross']\n", r'"labels\.implies": goes in a circle: '),
        (SUNDAY + "[labels.implies]\npass = ['shot']\n", "can never happen"),
        (SUNDAY + "[labels.nodes]\npass = 'Pass'\n", r'"labels\.nodes": "pass" is an event already'),
        (SUNDAY + '[[teams]]\nid = "a"\n', r'"teams\[0\]\.name": is missing'),
        (
            SUNDAY + 2 * '[[teams]]\nid = "a"\nname = "A"\nshort_name = "A"\nabbreviation = "A"\n',
            "two teams have the id a",
        ),
        (
            SUNDAY + '[[teams]]\nid = "a"\nname = "A"\nshort_name = "A"\nabbreviation = "A"\ncolours = ["red"]\n',
            "colours",
        ),
    ],
)
def test_bad_toml_is_one_line(own: Callable[..., Path], text: str, says: str) -> None:
    path = own(text)
    with pytest.raises(LeagueError, match=says) as caught:
        load_league("sunday")
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('full_name = "Y"', r'"court\.name": is missing'),
        ('full_name = "Y"\n[court]\nname = "yard"\nlength = 2\nwidth = 1\n', r'"court\.players_per_side": is missing'),
        ('full_name = "Y"\n[court]\nname = "yard"\nlength = 2\nwidth = 1\nplayers_per_side = 1\n',
         r'"clock\.period_name": is missing'),
        ('full_name = "Y"\n[court]\nname = "yard"\nlength = 2\nwidth = 1\nplayers_per_side = 1\n[clock]\nperiods = 1\n'
         'period_name = "p"\ncounts = "down"\n', r'"clock\.period_s": is missing'),
        ('full_name = "Y"\n[court]\ndrop = ["boundary"]\n', "inherits nothing to drop"),
    ],
)  # fmt: skip
def test_a_sport_must_say_everything(own: Callable[..., Path], text: str, says: str) -> None:
    own(text, "yardball.toml")
    with pytest.raises(LeagueError, match=says):
        load_league("yardball")


def test_bytes_that_are_no_text(own: Callable[..., Path]) -> None:
    own("").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LeagueError, match="is not UTF-8 text"):
        load_league("sunday")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 4000), put=st.text(max_size=6))
def test_no_damage_gives_a_traceback(tmp_path: Path, cut: int, put: str) -> None:
    """A file cut and overwritten anywhere either loads or gives a SportsaiError of one line."""
    text = (SHIPPED / "hockey.toml").read_text()
    path = tmp_path / "damaged.toml"
    path.write_text(text[:cut] + put + text[cut + len(put) :], encoding="utf-8", errors="replace")
    try:
        read_facts(path)
    except SportsaiError as error:
        said = str(error)
    else:
        return
    assert "\n" not in said


def _keys(tables: dict[str, Any], path: str = "") -> Iterator[str]:
    """Every key of a file as README.md writes it; names of events, nodes and labels are the file's own."""
    for key, value in tables.items():
        here = f"{path}.{key}" if path else key
        if path == "events":
            yield from _keys(value, "events.NAME")
        elif here in ("labels.nodes", "labels.implies", "labels.part_of"):
            yield here
        elif isinstance(value, dict):
            if here not in ("court", "clock", "events", "labels", "court.goal", "court.net"):
                yield here
            yield from _keys(value, here)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for item in value:
                yield from _keys(item, here)
        else:
            yield here


def test_readme_and_files_use_the_same_keys() -> None:
    """Every key used is documented, and every documented key is used."""
    used = {key for name in LEAGUES for key in _keys(tomllib.loads(load_league(name).path.read_text()))}
    rows = [line.split("|")[1] for line in (SHIPPED / "README.md").read_text().splitlines() if line.startswith("| `")]
    documented = {key.strip(" `") for row in rows for key in row.split(",")}
    assert used - documented == set(), "used, not documented"
    assert documented - used == set(), "documented, not used"


def test_readme_names_every_top_key() -> None:
    text = (SHIPPED / "README.md").read_text()
    assert all(f"`{key}" in text or f"[{key}" in text for key in LeagueFacts.model_fields)
