"""The language: text to query and back, each message with its column, and names that look like code."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sportsai.errors import SportsaiError, StoreError
from sportsai.library import Library
from sportsai.queries import query
from sportsai.queries.language import Filter, Link, Named, Phrase, Query, parse
from sportsai.queries.wording import clock, quoted, say
from sportsai.queries.words import GROUPS, RESERVED
from sportsai.queries.wrong import MARK, QueryError
from tests.queries.small import small_game, small_library

READ_AS = [
    ("pass then shot within 5s by 'Kimmich' in period 2", "pass by 'Kimmich' in period 2 then shot within 5 s"),
    ("shot and no guard", "shot and not guard"),
    ("pass, then shot and not foul within 2s", "pass then (shot and not foul within 2 s)"),
    ("pass then shot within 5s and not foul within 2s", "(pass then shot within 5 s) and not foul within 2 s"),
    ("pass followed by shot", "pass then shot"),
    ("shot without guard", "shot and not guard"),
    ("a then b then c", "(a then b) then c"),
    ("a then (b then c)", "a then (b then c)"),
    ("a and b during c and d", "((a and b) during c) and d"),
    ("a during b then c and d", "(a during b) then (c and d)"),
    ("(a then b) by 'X' in box", "a by 'X' in 'box' then b"),
    ("a then b within 5s within the box", None),
    ("a then b within 2min by the same player", "a then b within 120 s by same player"),
    ("a then b for other team within 0.5 sec", "a then b within 0.5 s by other team"),
    ("count a by player, team", "a count by player, team"),
    ("a per zone top 5", "a count by zone top 5"),
    ("a top 5 players", "a count by player top 5"),
    ("a order by probability", "a order by probability desc"),
    ("a sorted by time asc limit 3", "a order by time asc limit 3"),
    ("a in the 2nd half", "a in period 2"),
    ("a in half 2", "a in period 2"),
    ("a while winning", "a while leading"),
    ("a with probability ≥ 70%", "a with probability >= 0.7"),
    ("throw in then 'man in motion'", "'throw in' then 'man in motion'"),
    ('a by "O\'Neil"', "a by 'O''Neil'"),
    ("a by ‘X’ or “Y”", "a by 'X' or 'Y'"),
    ("a after 60:00 before 61:30.5", "a after 60:00 before 61:30.5"),
]


@pytest.mark.parametrize(("text", "read"), [r for r in READ_AS if r[1]])
def test_how_a_query_is_read(text: str, read: str) -> None:
    assert say(parse(text)) == read
    assert parse(read) == parse(text)


names = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cf")), min_size=1, max_size=12
).filter(lambda s: s.strip() == s)  # fmt: skip
words = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True).filter(lambda w: w not in RESERVED)
phrases = st.one_of(words, names).map(Phrase)
seconds = st.integers(0, 600000).map(lambda n: n / 100)
filters = st.one_of(
    st.tuples(st.sampled_from(["by", "to"]), st.lists(names.map(Phrase), min_size=1, max_size=2).map(tuple)),
    st.tuples(
        st.sampled_from(["team", "against", "zone", "outside", "game", "league", "label"]),
        names.map(lambda n: (Phrase(n),)),
    ),
    st.tuples(st.just("period"), st.integers(1, 9).map(lambda n: (n,))),
    st.tuples(st.just("state"), st.sampled_from([("leading",), ("trailing",), ("level",)])),
    st.tuples(
        st.just("probability"),
        st.tuples(st.sampled_from([">=", ">", "<=", "<", "="]), st.integers(0, 100).map(lambda n: n / 100)),
    ),
    st.tuples(st.sampled_from(["after", "before"]), seconds.map(lambda s: (s,))),
    st.tuples(st.just("between"), st.tuples(seconds, seconds)),
).map(lambda f: Filter(*f))  # type: ignore[arg-type]
named = st.builds(Named, st.lists(phrases, min_size=1, max_size=3).map(tuple), st.lists(filters, max_size=3).map(tuple))


def links(inner: st.SearchStrategy) -> st.SearchStrategy:
    def made(how: str, left: object, right: object, negated: bool, within: float | None, same: str | None) -> Link:
        lasting = how == "during"
        return Link(how, left, right, negated and not lasting, None if lasting else within, same)  # type: ignore[arg-type]

    return st.builds(
        made, st.sampled_from(["then", "and", "during"]), inner, inner, st.booleans(), st.one_of(st.none(), seconds),
        st.sampled_from([None, "player", "team", "other team"]),
    )  # fmt: skip


queries = st.builds(
    Query,
    st.recursive(named, links, max_leaves=5),
    counted=st.just(True),
    groups=st.lists(st.sampled_from(GROUPS), max_size=3, unique=True).map(tuple),
    order=st.one_of(st.none(), st.tuples(st.sampled_from(["time", "count", "player"]), st.booleans())),
    limit=st.one_of(st.none(), st.integers(1, 99)),
    top=st.one_of(st.none(), st.integers(1, 99)),
)


@settings(max_examples=300, deadline=None)
@given(queries)
def test_every_query_reads_back_as_itself(made: Query) -> None:
    assert parse(say(made)) == made


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_a_query_or_one_line(text: str) -> None:
    said = ""
    try:
        parse(text)
    except QueryError as wrong:
        said = str(wrong)
    assert "\n" not in said
    assert len(said) <= 600


def test_clock_and_quotes() -> None:
    assert clock(630.5) == "10:30.5"
    assert clock(3600) == "60:00"
    assert quoted("O'Neil") == "'O''Neil'"


WRONG = [
    ("pass count by moon", 12, "counted by what?; expected one of player, team"),
    ("pass count by player in period 1", 22, '"in" after "count" is unexpected. What counts, orders'),
    ("pass by team in period 1", 14, '"in" after "by team" is unexpected. What counts, orders'),
    ("pass by ''", 9, "a name without a letter; expected a name between the quotes"),
    ("pass between 10:00", 19, "the query stops here; expected and, then the other time"),
    ("pass limit 0", 12, "0 answers; expected 1 or more"),
    ("pass top 99999999999999", 10, "999999999999 answers; expected 1 or more"),
    ("pass then " * 2000 + "shot", None, "too long, or has too many brackets; expected 40 events together at most"),
    ("(" * 3000 + "pass" + ")" * 3000, None, "too long, or has too many brackets"),
    ("pass and (" * 900 + "shot" + ")" * 900, None, "too long, or has too many brackets"),
    ("pa\0ss", 3, '" ss" is unexpected'),
    ("", None, "the query is empty; expected an event, such as: pass then shot within 5s"),
    ("   ", None, "the query is empty"),
    ("pass thn shot", 6, '"thn" after "pass" is unexpected. Did you mean "then"?'),
    ("shoot", 1, 'no event is called "shoot". Did you mean "shot"?'),
    ("pass then turnovr", 11, 'no event is called "turnovr". Did you mean "turnover"?'),
    ("pass then", 10, "the query stops here; expected an event"),
    ("pass by", 8, "the query stops here; expected a player's name, or the same player"),
    ("(pass", 6, "the query stops here; expected a closing bracket"),
    ("pass )", 6, '")" is unexpected'),
    ("pass within 5s", 6, "within belongs to two events"),
    ("pass by same player", 6, '"by same player" compares two events'),
    ("pass then shot within 5m", 23, '"5m" is unexpected; expected a length of time, such as 5s or 2min'),
    ("pass then shot within 5s within 6s", 26, "a second within of the same two"),
    ("pass by 'h0' then shot within 5s by 'h2'", 34, 'a second "by" of the first event; expected one. What'),
    ("pass during shot within 5s", 18, "during has no within"),
    ("pass with probability 0.5", 23, "expected one of >=, >, <=, <, ="),
    ("pass with probability > 7", 25, "7 is no probability; expected 0 to 1, or 0% to 100%"),
    ("pass while happy", 12, '"happy" is unexpected; expected leading, trailing or level'),
    ("pass order by tme", 15, 'Did you mean "time"?'),
    ("pass order by time dsc", 15, 'no order by "dsc"'),
    ("pass after noon", 12, '"noon" is unexpected; expected a time of the clock, such as 60:00'),
    ("pass by 'Player h0", 9, "a quote that is not closed. End the name with the same quote."),
    ("pass top many", 10, '"many" is unexpected; expected a whole number'),
    ("pass by 'Player h9'", 9, 'no player is called "Player h9". Did you mean "Player h'),
    ("pass by 'Zlatan'", 9, 'no player is called "Zlatan"; expected a player of an event here'),
    (
        "pass by 'Player'",
        9,
        '"Player" is 5 players: Player a0 (Away City), Player a1 (Away City), Player a2 (Away City)',
    ),
    ("pass for 'Hoome Town'", 10, 'no team is called "Hoome Town". Did you mean "Home Town"?'),
    ("pass in final thrid", 9, 'no zone is called "final thrid". Did you mean "final third"?'),
    ("pass in game smal", 14, 'no game "smal" in this library. Did you mean "small"?'),
    ("pass in league nba", 16, 'no game here is of a league called "nba"'),
    ("pass label chaotc", 12, 'no label "chaotc". Did you mean "chaotic"?'),
    ("pass then ' '", 11, 'no event is called ""'),
    ("; drop table events", 1, '";" is unexpected; expected an event, such as pass'),
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return small_library(tmp_path_factory.mktemp("language"))


@pytest.mark.parametrize(("text", "column", "says"), WRONG)
def test_every_message_points_at_its_column(library: Library, text: str, column: int | None, says: str) -> None:
    with pytest.raises(QueryError) as caught:
        query(text, library)
    line = str(caught.value)
    assert says in line
    assert "\n" not in line
    assert caught.value.column == column
    if column is not None:
        assert f"at column {column}: " in line
        assert line[1 : line.index('" at column')].index(MARK) == column - 1


def test_two_teams_of_one_name_part_are_listed(tmp_path: Path) -> None:
    from sportsai.data import Team

    library = small_library(tmp_path)
    library.add(small_game("other", teams=(Team("7", "Home Village"), Team("8", "Elsewhere"))))
    with pytest.raises(QueryError, match="2 teams: Home Town, Home Village"):
        query("pass for 'ome'", library)


def test_names_are_only_ever_names(library: Library) -> None:
    """A name with quotes, HTML and SQL is found by itself, and by nothing of what it might mean elsewhere."""
    evil = """O'Neil "<b>x</b>"; drop table events --"""
    made = query(f"pass by {quoted(evil)}", library)
    assert made["player"].tolist() == [evil]
    assert query("pass by oneil", library)["event_id"].tolist() == ["e2"]
    for text in ("' or 1=1 --", "%", "_", "*", ".*"):
        with pytest.raises(QueryError):
            query(f"pass by {quoted(text)}", library)


def test_a_library_without_events_says_so(tmp_path: Path) -> None:
    empty = Library(tmp_path / "empty", create=True)
    with pytest.raises(StoreError, match="no game in this library has events"):
        query("pass", empty)
    with pytest.raises(SportsaiError, match='no source "both"'):
        query("pass", small_library(tmp_path), source="both")
