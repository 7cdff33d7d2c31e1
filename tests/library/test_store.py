"""The library keeps what it is given, to the bit, and never shows half a game."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sportsai.data import Game, Slot, Tracks, empty_tracks, events_frame
from sportsai.data.events import COLUMNS
from sportsai.errors import StoreError
from sportsai.library import Library
from tests.conftest import make_game, make_tracks

ARRAYS = (
    "frame",
    "period",
    "t_s",
    "xy",
    "present",
    "estimated",
    "ball_xy",
    "ball_present",
    "ball_z",
    "possession",
    "holder",
)


def same_tracks(a: Tracks, b: Tracks) -> None:
    assert a.rate_hz == b.rate_hz
    assert a.slots == b.slots
    for name in ARRAYS:
        x, y = getattr(a, name), getattr(b, name)
        assert x.dtype == y.dtype, name
        if name == "xy":
            x, y = x * a.present[..., None], y * b.present[..., None]
        if name == "ball_xy":
            x, y = x * a.ball_present[:, None], y * b.ball_present[:, None]
        assert np.array_equal(x, y, equal_nan=x.dtype.kind == "f"), name


def test_a_game_comes_back_as_it_was(tmp_path: Path) -> None:
    events = events_frame(
        {
            "frame": [5, 9],
            "type": ["pass", "shot"],
            "player_id": ["h0", pd.NA],
            "other_ids": [["h1"], []],
            "attributes": [{"a": 1.5}, {}],
            "t_s": [0.5, 0.9],
            "score": [0.25, np.nan],
        }
    )
    game = make_game(events=events, score=(2, 1), repairs={"rows dropped": 3}, extra={"note": "ü"})
    library = Library(tmp_path / "lib", create=True)
    library.add(game)
    back = library.load(game.id)
    same_tracks(game.tracks, back.tracks)
    pd.testing.assert_frame_equal(back.events, game.events)
    for name in ("id", "league", "teams", "roster", "periods", "score", "repairs", "extra", "provider", "title"):
        assert getattr(back, name) == getattr(game, name), name


@st.composite
def any_tracks(draw: st.DrawFn) -> Tracks:
    T, P = draw(st.integers(0, 12)), draw(st.integers(2, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    slots = tuple(Slot(f"p{i}" if draw(st.booleans()) else None, i % 2) for i in range(P))
    a = empty_tracks(T, slots, draw(st.sampled_from([10, 25, "30000/1001"])))
    a["frame"] = np.cumsum(rng.integers(1, 4, T)).astype(np.int32)
    a["period"] = np.sort(rng.integers(0, 3, T)).astype(np.int8)
    a["t_s"] = np.where(a["period"] > 0, a["frame"] / 10.0, np.nan)
    a["xy"] = rng.normal(0, 30, (T, P, 2)).astype(np.float32)
    a["present"] = rng.random((T, P)) < 0.7
    a["estimated"] = a["present"] & (rng.random((T, P)) < 0.3)
    a["ball_xy"] = rng.normal(0, 30, (T, 2)).astype(np.float32)
    a["ball_present"] = rng.random(T) < 0.5
    z = np.where(rng.random(T) < 0.5, rng.random(T), np.nan).astype(np.float32)
    a["ball_z"] = np.where(a["ball_present"], z, np.nan).astype(np.float32)
    a["possession"] = rng.integers(-1, 2, T).astype(np.int8)
    a["holder"] = rng.integers(-1, P, T).astype(np.int16)
    return Tracks(**a)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tracks=any_tracks())
def test_any_tracks_come_back_as_they_were(tmp_path: Path, tracks: Tracks) -> None:
    library = Library(tmp_path / "lib", create=True)
    game = make_game(make_tracks(), kind="clip")
    game = Game(**{**game.__dict__, "tracks": tracks, "periods": ()})
    library.add(game)
    same_tracks(tracks, library.load(game.id).tracks)


def test_predictions_keep_the_run_that_made_them(tmp_path: Path) -> None:
    library = Library(tmp_path / "lib", create=True)
    library.add(make_game())
    events = events_frame({"frame": [3], "type": ["pass"], "t_s": [0.3], "score": [0.5]})
    run = {
        "run_id": "r1",
        "model": "m",
        "recipe": "x",
        "weights_sha256": "ab",
        "version": "0.1.0",
        "made_at": "2026-01-01T00:00:00Z",
    }
    library.write_predictions("made-up", events, run)
    library.write_predictions("made-up", events, {**run, "run_id": "r2", "made_at": "2026-01-02T00:00:00Z"})
    back, newest = library.predictions("made-up")
    assert newest["run_id"] == "r2"
    assert library.predictions("made-up", "r1")[1]["weights_sha256"] == "ab"
    pd.testing.assert_frame_equal(back, events)
    assert list(back.columns) == list(COLUMNS)
    with pytest.raises(StoreError, match='no run "r3"'):
        library.predictions("made-up", "r3")


def test_every_refusal_is_one_line(tmp_path: Path) -> None:
    library = Library(tmp_path / "lib", create=True)
    library.add(make_game(game_id="2417"))
    (tmp_path / "file").write_text("x")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine")
    cases = [
        (lambda: library.load("2416"), 'Did you mean "2417"'),
        (lambda: library.load("../../etc"), "no game"),
        (lambda: library.predictions("2417"), "sportsai analyse 2417"),
        (lambda: Library(tmp_path / "file", create=True), "this is a file"),
        (lambda: Library(tmp_path / "file" / "deeper", create=True), "a file stands where a folder should be"),
        (lambda: Library(tmp_path / "none"), "there is no library here"),
        (lambda: Library(tmp_path / "other", create=True), "holds other things"),
    ]
    for call, words in cases:
        with pytest.raises(StoreError) as caught:
            call()
        assert words in str(caught.value)
        assert "\n" not in str(caught.value)
    assert (tmp_path / "other" / "thesis.txt").read_text() == "mine"


def test_damaged_files_are_named(tmp_path: Path) -> None:
    library = Library(tmp_path / "lib", create=True)
    folder = library.add(make_game())
    (folder / "tracks.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(StoreError, match=r"tracks\.parquet: this file is damaged"):
        library.load("made-up")
    (folder / "game.json").write_bytes(b'{"id": ')
    with pytest.raises(StoreError, match=r"game\.json: this file is damaged"):
        library.load("made-up")


def test_a_new_version_replaces_the_old_and_sweeps_it(tmp_path: Path) -> None:
    library = Library(tmp_path / "lib", create=True)
    first = library.add(make_game())
    second = library.add(make_game(score=(1, 0)))
    assert library.load("made-up").score == (1, 0)
    assert second.is_dir()
    assert not first.exists()
    library.remove("made-up")
    assert library.ids() == []


def _add(folder: str, name: str, times: int) -> None:
    library = Library(folder, create=True)
    for _ in range(times):
        library.add(make_game(game_id=name))


def test_two_processes_may_write_at_once(tmp_path: Path) -> None:
    folder = str(tmp_path / "lib")
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_add, args=(folder, n, 5)) for n in ("a", "b", "same", "same")]
    for w in writers:
        w.start()
    for w in writers:
        w.join(60)
        assert w.exitcode == 0
    library = Library(folder)
    assert library.ids() == ["a", "b", "same"]
    for i in library.ids():
        library.load(i)
        assert len([p for p in (tmp_path / "lib" / "games" / i).iterdir() if p.is_dir()]) == 1


_WRITER = """
import sys
from tests.conftest import make_game, make_tracks
from sportsai.library import Library
library = Library(sys.argv[1], create=True)
print("ready", flush=True)
n = 0
while True:
    n += 1
    library.add(make_game(make_tracks(T=400, players=11, seed=n), game_id="g", score=(n, n)))
"""


def test_kill_at_any_moment_loses_nothing(tmp_path: Path) -> None:
    """A writer killed thirty times at random moments: what was there still opens, whole; writing again completes."""
    folder = tmp_path / "lib"
    Library(folder, create=True).add(make_game(make_tracks(T=400, players=11), game_id="g", score=(0, 0)))
    rng = np.random.default_rng(7)
    root = Path(__file__).parents[2]
    for _ in range(30):
        writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(folder)], stdout=subprocess.PIPE, cwd=root)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(float(rng.uniform(0.0, 0.05)))
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        game = Library(folder).load("g")
        assert game.score is not None
        seed = game.score[0]
        assert game.score == (seed, seed)
        expected = make_tracks(T=400, players=11, seed=seed)
        same_tracks(expected, game.tracks)
    Library(folder).add(make_game(game_id="g"))
    left = [p.name for p in (folder / "games" / "g").iterdir() if p.is_dir()]
    assert len(left) == 1


def test_a_full_disk_is_one_line_and_leaves_what_was_there(tmp_path: Path) -> None:
    """On a real 1 MB disk where the machine lets us mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("this machine does not let a test mount a small disk")
    try:
        library = Library(disk / "lib", create=True)
        library.add(make_game(make_tracks(T=100), game_id="small"))
        with pytest.raises(StoreError, match="the disk is full while writing game small"):
            library.add(make_game(make_tracks(T=60_000, players=11), game_id="small"))
        same_tracks(make_tracks(T=100), library.load("small").tracks)
        left = [p for p in (disk / "lib" / "games" / "small").iterdir() if p.is_dir()]
        assert len(left) == 1
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_name_as_long_as_no_folder_can_have_is_no_game(tmp_path: Path) -> None:
    library = Library(tmp_path / "library", create=True)
    with pytest.raises(StoreError, match="no game"):
        library.load("x" * 300)


def test_a_run_of_a_game_that_was_read_anew_is_not_put_beside_the_new_one(tmp_path: Path) -> None:
    library = Library(tmp_path / "library", create=True)
    game = make_game()
    library.add(game)
    version = library.version(game.id)
    library.write_predictions(game.id, events_frame({}), {"run_id": "r1"}, made_of=version)
    library.add(game)
    with pytest.raises(StoreError, match="was read anew meanwhile"):
        library.write_predictions(game.id, events_frame({}), {"run_id": "r2"}, made_of=version)
    assert library.runs(game.id) == []
