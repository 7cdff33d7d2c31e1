"""What people say of events is kept for good, counts everywhere, and never by half."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sportsai.data import events_frame
from sportsai.errors import DataError, StoreError
from sportsai.library import Library, form
from sportsai.library import corrections as record
from sportsai.library.corrected import correct
from sportsai.library.corrections import OWN, Correction, Marked, make, standing
from sportsai.library.desk import Desk
from sportsai.library.query import run_sql
from tests.conftest import make_game

TYPES = ["pass", "pass", "shot", "turnover"]


def run_events(shift_s: float = 0.0, types: list[str] | None = None) -> object:
    types = types or TYPES
    t = np.arange(len(types)) * 1.4 + 0.2 + shift_s
    return events_frame(
        {
            "event_id": [f"e{i}" for i in range(len(types))], "t_s": t, "frame": np.round(t * 10).astype(int),
            "type": types, "side": [0] * len(types), "player_id": ["h0"] * len(types), "score": [0.6] * len(types),
            "start_frame": np.round(t * 10).astype(int) - 2, "end_frame": np.round(t * 10).astype(int) + 3,
        }
    )  # fmt: skip


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library(tmp_path / "library", create=True)
    library.add(make_game())
    library.write_predictions("made-up", run_events(), {"run_id": "r1", "made_at": "2026-01-01"})
    return library


def path_of(library: Library) -> Path:
    return library.folder / "games" / "made-up" / record.FILE


def test_what_was_said_counts_everywhere(library: Library) -> None:
    desk = Desk(library, "made-up")
    library.correct(
        "made-up",
        [
            desk.confirm("e0", "Ada", "clear"),
            desk.reject("e1", "Ada"),
            desk.relabel("e3", "Ben", type_="shot", player="Player a1"),
            desk.add("0:05", "goal", "Ben", player="a2"),
        ],
    )
    events, run = library.predictions("made-up")
    assert events["type"].tolist() == ["pass", "shot", "shot", "goal"]
    assert events["score"].tolist() == pytest.approx([1, 0.6, 1, 1])
    assert events["player_id"].tolist() == ["h0", "h0", "a1", "a2"]
    assert events["side"].tolist() == [0, 0, 1, 1]
    assert run["corrections"] | {"last": ""} == {
        "confirmed": 1, "rejected": 1, "relabelled": 1, "added": 1, "alone": 0, "unfound": 0, "by": ["Ada", "Ben"],
        "last": "",
    }  # fmt: skip
    said = events["attributes"][2]["correction"]
    assert (said["action"], said["by"]) == ("relabel", "Ben")
    assert said["was"] == {"type": "turnover", "score": pytest.approx(0.6), "player_id": "h0"}
    assert events["attributes"][0]["correction"]["note"] == "clear"
    assert "correction" not in events["attributes"][1]
    tracks = library.load("made-up").tracks
    assert tracks is not None
    at = tracks.xy[tracks.frame == events["frame"][2], tracks.slot_of("a1")][0]
    assert events[["x", "y"]].to_numpy()[2] == pytest.approx(at, abs=1e-4)  # he stands where it happened
    assert events["frame"][3] == 50
    table = run_sql(library, "select type, score from predictions order by period, t_s")
    assert table["type"].tolist() == events["type"].tolist()
    assert table["score"].tolist() == pytest.approx(events["score"].tolist())
    own, plain = library.predictions("made-up", corrected=False)
    assert own["type"].tolist() == TYPES
    assert "corrections" not in plain


def test_reading_again_analysing_again_and_removing_lose_nothing(library: Library) -> None:
    library.correct("made-up", [Desk(library, "made-up").reject("e2", "Ada")])
    before = path_of(library).read_bytes()
    library.add(make_game())
    assert path_of(library).read_bytes() == before
    library.write_predictions("made-up", run_events(0.3), {"run_id": "r2", "made_at": "2026-02-01"})
    assert library.predictions("made-up")[0]["type"].tolist() == ["pass", "pass", "turnover"]
    library.remove("made-up")
    assert library.ids() == []
    assert path_of(library).read_bytes() == before
    library.add(make_game())
    assert len(library.corrections("made-up")) == 1


def test_another_run_takes_what_was_said_of_the_nearest_event_of_its_type(library: Library) -> None:
    desk = Desk(library, "made-up")
    said = [desk.confirm("e0", "Ada"), desk.reject("e1", "Ada"), desk.relabel("e3", "Ada", type_="shot")]
    library.correct("made-up", [*said, desk.add("0:05", "goal", "Ada")])
    # e0 moves .3 s, e1 is gone from this run, e3 is found as a shot itself, the goal is found .4 s late
    moved = run_events(0.3, ["pass", "carry", "shot", "shot"]).assign(event_id=["z1", "z2", "z3", "z4"])  # type: ignore[attr-defined]
    goal = events_frame({"event_id": ["z5"], "t_s": [5.4], "frame": [54], "type": ["goal"], "score": [0.3]})
    both = {c: [*moved[c], *goal[c]] for c in moved}
    library.write_predictions("made-up", events_frame(both), {"run_id": "r2", "made_at": "2026-02-01"})
    events, run = library.predictions("made-up")
    assert events["event_id"].tolist() == ["z1", "z2", "z3", "z4", "z5"]
    assert events["score"].tolist() == pytest.approx([1, 0.6, 0.6, 1, 1])
    counts = run["corrections"]
    assert (counts["alone"], counts["unfound"]) == (0, 1)  # nothing was there to reject

    library.write_predictions("made-up", run_events(1.1, ["carry"]), {"run_id": "r3", "made_at": "2026-03-01"})
    events, run = library.predictions("made-up")
    assert events["type"].tolist() == ["pass", "carry", "shot", "goal"]  # they stand for themselves
    assert [e.startswith(OWN) for e in events["event_id"]] == [True, False, True, True]
    assert (run["corrections"]["alone"], run["corrections"]["unfound"]) == (2, 1)
    # an answer about an event that stands for itself goes on from the first one
    again = Desk(library, "made-up")
    library.correct("made-up", [again.reject(events["event_id"][2], "Ben")])
    assert library.predictions("made-up")[0]["type"].tolist() == ["pass", "carry", "goal"]
    assert library.predictions("made-up", "r1")[0]["type"].tolist() == ["pass", "shot", "goal"]


def test_an_id_counts_only_where_the_event_still_lies_there(library: Library) -> None:
    library.correct("made-up", [Desk(library, "made-up").reject("e0", "Ada")])
    # the same run made anew: its e0 is another event now
    library.write_predictions("made-up", run_events(2.0), {"run_id": "r1", "made_at": "2026-01-01"})
    assert len(library.predictions("made-up")[0]) == 4
    assert library.predictions("made-up")[1]["corrections"]["unfound"] == 1


def test_confirming_a_relabelled_event_keeps_what_it_is(library: Library) -> None:
    library.correct("made-up", [Desk(library, "made-up").relabel("e0", "Ada", type_="shot")])
    library.correct("made-up", [Desk(library, "made-up").confirm("e0", "Ben")])
    events, _ = library.predictions("made-up")
    assert events["type"][0] == "shot"
    assert events["attributes"][0]["correction"]["by"] == "Ben"
    assert events["attributes"][0]["correction"]["was"]["type"] == "pass"


def test_a_withdrawal_brings_back_what_was_there_before(library: Library) -> None:
    def now() -> list[str]:
        return library.predictions("made-up")[0]["type"].tolist()

    first = Desk(library, "made-up").relabel("e0", "Ada", type_="shot")
    library.correct("made-up", [first])
    second = Desk(library, "made-up").reject("e0", "Ben")
    library.correct("made-up", [second])
    assert now() == TYPES[1:]
    back = make("withdraw", "Ada", of=second.id)
    library.correct("made-up", [back])
    assert now() == ["shot", *TYPES[1:]]
    library.correct("made-up", [make("withdraw", "Ada", of=back.id)])
    assert now() == TYPES[1:]
    with pytest.raises(DataError, match="no correction"):
        library.correct("made-up", [make("withdraw", "Ada", of="nonesuch")])
    library.correct("made-up", [make("withdraw", "Ada", of=first.id)])
    with pytest.raises(DataError, match="withdrawn already"):
        library.correct("made-up", [make("withdraw", "Ada", of=first.id)])
    assert len(library.corrections("made-up")) == 5  # history is never erased


def test_a_log_is_corrected_too(tmp_path: Path) -> None:
    library = Library(tmp_path / "library", create=True)
    log = run_events().assign(score=np.nan)  # type: ignore[attr-defined]
    library.add(make_game(events=log))
    desk = Desk(library, "made-up")
    assert desk.stream == "log"
    library.correct("made-up", [desk.reject("e0", "Ada"), desk.relabel("e1", "Ada", type_="shot")])
    library.correct("made-up", [desk.add("0:05", "goal", "Ada")])
    events = library.events("made-up").events
    assert events["type"].tolist() == ["shot", "shot", "turnover", "goal"]
    assert events["score"].isna().all()  # a person logged them
    assert run_sql(library, "select type from events order by t_s")["type"].tolist() == events["type"].tolist()
    assert library.load("made-up").events["type"].tolist() == TYPES  # type: ignore[index]
    # an analysis made later takes what was said of the log
    library.write_predictions("made-up", run_events(0.2), {"run_id": "r1", "made_at": "2026-01-01"})
    assert library.predictions("made-up")[0]["type"].tolist() == ["shot", "shot", "turnover", "goal"]


def test_a_refined_run_is_the_run_it_was_made_of(library: Library) -> None:
    library.correct("made-up", [Desk(library, "made-up").reject("e0", "Ada")])
    refined = run_events(types=["pass", "carry", "shot", "turnover"])
    library.write_predictions("made-up", refined, {"run_id": "x", "made_at": "2026-02", "refined_from": "r1"})
    desk = Desk(library, "made-up")
    assert desk.rows["state"].tolist() == ["rejected", "", "", ""]
    library.correct("made-up", [desk.confirm("e1", "Ada")])  # the refined type is what she saw
    assert library.predictions("made-up", "r1")[0]["type"].tolist() == ["carry", "shot", "turnover"]
    assert library.corrections("made-up")[1].was.type == "pass"  # type: ignore[union-attr]


def test_searches_and_analyses_are_corrected_apart(library: Library) -> None:
    library.write_predictions("made-up", run_events(), {"run_id": "d1", "made_at": "2026", "kind": "detect"})
    library.correct("made-up", [Desk(library, "made-up", kind="detect").reject("e0", "Ada")])
    assert len(library.predictions("made-up")[0]) == 4
    assert len(library.predictions("made-up", kind="detect")[0]) == 3
    assert run_sql(library, "select count(*) n from predictions")["n"].tolist() == [7]


def test_tables_are_made_anew_when_the_run_or_a_correction_changes(library: Library) -> None:
    raw = library.tables()["predictions"][0]
    assert raw.parent.name == "predictions"
    library.correct("made-up", [Desk(library, "made-up").reject("e0", "Ada")])
    (path,) = library.tables()["predictions"]
    assert path.parent.parent.name == "corrected"
    assert pq.read_table(path).num_rows == 3
    assert pq.read_schema(path).names == pq.read_schema(raw).names
    made = path.stat().st_mtime_ns
    assert library.tables()["predictions"] == [path]
    assert path.stat().st_mtime_ns == made  # not made again for nothing
    library.write_predictions("made-up", run_events(types=["pass", "shot"]), {"run_id": "r1", "made_at": "2026"})
    assert pq.read_table(library.tables()["predictions"][0]).num_rows == 1
    path.write_bytes(b"half")
    assert pq.read_table(library.tables()["predictions"][0]).num_rows == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "unexpected end"),
        ("[]", "has no attribute"),
        ('{"id": "a", "made_at": "yesterday", "by": "x", "action": "reject"}', "yesterday"),
        ('{"id": "a", "made_at": "2026-01-01T00:00:00Z", "by": "x", "action": "erase"}', "erase"),
        ('{"id": "a", "made_at": "2026-01-01T00:00:00Z", "by": "x", "action": "reject"}', "of which event"),
        (
            '{"id": "a", "made_at": "2026-01-01T00:00:00Z", "by": "x", "action": "withdraw", "of": "b"}',
            "no line before",
        ),
        ('{"id": "a", "made_at": "2026-01-01T00:00:00Z", "by": "x", "action": "reject", "was": {"t_s": "3"}}', "t_s"),
        ('{"id": "a", "bye": "x"}', 'unknown key "bye"'),
    ],
)
def test_a_damaged_line_is_named_and_nothing_is_repaired(library: Library, line: str, said: str) -> None:
    library.correct("made-up", [Desk(library, "made-up").reject("e0", "Ada")])
    path = path_of(library)
    path.write_bytes(path.read_bytes() + line.encode() + b"\n")
    before = path.read_bytes()
    for act in (
        lambda: library.predictions("made-up"),
        library.tables,
        lambda: library.correct("made-up", [make("withdraw", "Ada", of="x")]),
    ):
        with pytest.raises(StoreError, match="line 2") as told:
            act()
        assert said in str(told.value)
        assert "\n" not in str(told.value)
    assert path.read_bytes() == before


def test_bad_answers_are_refused_with_what_is_nearest(library: Library) -> None:
    desk = Desk(library, "made-up")
    for act, said in (
        (lambda: desk.relabel("e0", "Ada", type_="shoot"), 'Did you mean "shot"'),
        (lambda: desk.relabel("e0", "Ada", player="Player"), "several players"),
        (lambda: desk.relabel("e0", "Ada", player="Plaier h1"), 'Did you mean "Player h1"'),
        (lambda: desk.add("12:xx", "shot", "Ada"), "no moment"),
        (lambda: desk.add("80:00", "shot", "Ada"), "not in the frames"),
        (lambda: desk.add("P7/1:00", "shot", "Ada"), "not in this game"),
        (lambda: desk.confirm("e99", "Ada"), "no event"),
        (lambda: desk.event_id(9), "1 to 4"),
        (lambda: desk.confirm("e0", " "), "nobody is named"),
        (lambda: desk.confirm("e0", "A\nB"), "one line of 80"),
        (lambda: desk.confirm("e0", "Ada", "x" * 501), "one line of 500"),
    ):
        with pytest.raises(DataError, match=said):
            act()
    assert library.corrections("made-up") == []


def test_numbers_stay_whatever_is_said(library: Library) -> None:
    desk = Desk(library, "made-up")
    library.correct("made-up", [desk.reject(desk.event_id(1), "Ada"), desk.add("0:01", "goal", "Ada")])
    rows = Desk(library, "made-up").rows
    assert rows["number"].tolist() == [1, 2, 3, 4, 5]
    assert rows["type"].tolist() == [*TYPES, "goal"]
    assert rows["state"].tolist() == ["rejected", "", "", "", "added"]


# ---- any sequence is what a plain dict says --------------------------------------------------------------------------

EVENTS = ["e0", "e1", "e2", "e3"]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("confirm"), st.sampled_from(EVENTS), st.none()),
        st.tuples(st.just("reject"), st.sampled_from(EVENTS), st.none()),
        st.tuples(st.just("relabel"), st.sampled_from(EVENTS), st.sampled_from(["goal", "carry"])),
        st.tuples(st.just("withdraw"), st.integers(0, 11), st.none()),
    ),
    max_size=12,
)


def marked(event: str, type_: str) -> Marked:
    i = int(event[1:])
    t = 0.2 + 1.4 * i
    return Marked("r1", "", event, 1, t, round(t * 10), type_, 0, "h0", start_frame=0, end_frame=1, score=0.6)


@settings(max_examples=80, deadline=None)
@given(STEPS)
def test_any_sequence_is_what_a_plain_dict_says(steps: list[tuple[str, object, str | None]]) -> None:
    history: list[Correction] = []
    for action, what, type_ in steps:
        if action == "withdraw":
            counting = {c.id for c in history} - record.withdrawn(history)
            if int(what) < len(history) and history[int(what)].id in counting:  # type: ignore[call-overload]
                history.append(make("withdraw", "Ada", of=history[int(what)].id))  # type: ignore[call-overload]
            continue
        own = TYPES[int(str(what)[1:])]
        now = marked(str(what), type_) if type_ else None
        history.append(make(action, "Ada", was=marked(str(what), own), now=now))

    alive = dict.fromkeys(range(len(history)), True)
    places = {c.id: i for i, c in enumerate(history)}
    for i in reversed(range(len(history))):
        if history[i].action == "withdraw" and alive[i]:
            alive[places[str(history[i].of)]] = False
    model: dict[str, Correction] = {}
    for i, c in enumerate(history):
        if c.action != "withdraw" and alive[i]:
            assert c.was is not None
            model[c.was.event_id] = c

    done = correct(run_events(), history, {"r1"}, {""})  # type: ignore[arg-type]
    wanted = {}
    for e, type_ in zip(EVENTS, TYPES, strict=True):
        c = model.get(e)
        if c is None or c.action != "reject":
            wanted[e] = (c.now.type if c and c.now else type_, 1.0 if c else pytest.approx(0.6))
    got = {r["event_id"]: (r["type"], r["score"]) for r in done.events.to_dict("records")}
    assert got == wanted
    assert {s.latest.id for s in standing(history)} == {c.id for c in model.values()}
    assert [record._from_json(json.loads(record.to_json(c))) for c in history] == history
    assert not done.unfound
    assert not done.alone


# ---- two at once, and kills ------------------------------------------------------------------------------------------


def _say(folder: Path, who: str, n: int) -> None:
    library = Library(folder)
    for _ in range(n):
        library.correct("made-up", [Desk(library, "made-up").confirm("e0", who)])


def test_two_writers_at_once_lose_nothing(library: Library) -> None:
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=_say, args=(library.folder, who, 25)) for who in ("Ada", "Ben")]
    for p in both:
        p.start()
    for p in both:
        p.join(120)
        assert p.exitcode == 0
    said = library.corrections("made-up")
    assert sorted(c.by for c in said) == ["Ada"] * 25 + ["Ben"] * 25
    assert len({c.id for c in said}) == 50
    assert len(standing(said)) == 1


WRITER = """
import sys
from pathlib import Path
from sportsai.library import Library, form
from sportsai.library.desk import Desk
library = Library(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    library.correct("made-up", [Desk(library, "made-up").confirm("e0", "Ada")])
    library.tables()
"""


def test_a_killed_writer_leaves_the_old_or_the_new(library: Library) -> None:
    rng = np.random.default_rng(5)
    before = 0
    for _ in range(6):
        running = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(library.folder)], stdout=subprocess.PIPE, text=True
        )
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        time.sleep(float(rng.uniform(0.02, 0.4)))
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
        running.stdout.close()
        said = library.corrections("made-up")
        assert len(said) >= before
        before = len(said)
        assert library.predictions("made-up")[0]["score"][0] == (1.0 if said else pytest.approx(0.6))
        table = pq.read_table(library.tables()["predictions"][0])
        assert table["score"].to_pylist()[0] == (1.0 if said else pytest.approx(0.6))
    assert before > 0
    library.add(make_game())
    home = library.folder / "games" / "made-up"
    assert not [p for p in home.iterdir() if p.name.endswith(".tmp")]
    assert len(library.corrections("made-up")) == before


def test_a_game_that_is_read_anew_while_somebody_answers_is_looked_at_again(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, read, replaced = Desk(library, "made-up"), form.read_parquet, []

    def between(path: Path, *given: object) -> object:
        if len(replaced) < 3:
            replaced.append(library.add(make_game()))
        return read(path, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(form, "read_parquet", between)
    said = desk.add("0:01", "shot", "Ada", player="a1")
    assert len(replaced) == 3
    assert said.now is not None and said.now.frame == 10
    tracks = library.load("made-up").tracks
    assert tracks is not None
    assert (said.now.x, said.now.y) == pytest.approx(tracks.xy[10, tracks.slot_of("a1")].tolist())


def test_a_damaged_run_under_corrections_is_named(library: Library) -> None:
    """A column of it has lost its name: the question that works corrections in says so in a line."""
    library.correct("made-up", [Desk(library, "made-up").reject("e0", "Ada")])
    path = library.version("made-up") / "predictions" / "r1.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["start_frame"]), path)
    with pytest.raises(StoreError, match=r"r1\.parquet: this file is damaged \(KeyError"):
        run_sql(library, "select * from predictions")
