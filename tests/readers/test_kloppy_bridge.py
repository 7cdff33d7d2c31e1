"""Every feed kloppy reads: positions and events agree with kloppy's own, directions are found, files are paired."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sportsai.data import AWAY, HOME


def load(files: Path, feed: str) -> tuple[Any, tuple[str, ...], Callable[[Any], list]]:
    """kloppy's dataset in the provider's own coordinates, the files it is of, and the way to metres by hand."""
    from kloppy import pff, secondspectrum, signality, sportec, statsperform

    f = {p.name: str(p) for p in files.iterdir()}
    as_it_is = lambda p: [p.x, p.y]  # metres about the centre, y up
    if feed == "sportec":
        raw, meta = "sportec_positional.xml", "sportec_meta.xml"
        return (
            sportec.load_tracking(meta_data=f[meta], raw_data=f[raw], coordinates="sportec:tracking"),
            (raw,),
            as_it_is,
        )
    if feed == "secondspectrum":
        raw, meta = "second_spectrum_fake_data.jsonl", "second_spectrum_fake_metadata.xml"
        return (
            secondspectrum.load(meta_data=f[meta], raw_data=f[raw], coordinates="secondspectrum"),
            (raw, meta),
            as_it_is,
        )
    if feed == "pff":
        raw, meta, roster = "pff_10517.jsonl", "pff_metadata_10517.json", "pff_rosters_10517.json"
        read = pff.load_tracking(meta_data=f[meta], roster_meta_data=f[roster], raw_data=f[raw], coordinates="pff")
        return read, (raw,), as_it_is
    if feed == "signality":
        raws = ("signality_p1_raw_data_subset.json", "signality_p2_raw_data_subset.json")
        read = signality.load(
            meta_data=f["signality_meta_data.json"],
            venue_information=f["signality_venue_information.json"],
            raw_data_feeds=[f[r] for r in raws],
            coordinates="signality",
        )
        return read, (raws[1],), as_it_is
    raw, meta = "statsperform_tracking_ma25.txt", "statsperform_tracking_ma1.json"
    read = statsperform.load_tracking(
        ma1_data=f[meta], ma25_data=f[raw], tracking_system="sportvu", coordinates="sportvu"
    )
    first = read.records[0].frame_id
    for record in read.records:  # stamped with milliseconds at 10 Hz
        record.frame_id = (record.frame_id - first) // 100
    return read, (raw,), lambda p: [p.x - 52.5, 34 - p.y]  # metres from the top left corner


@pytest.mark.parametrize(
    ("feed", "rate", "right"),
    [
        ("sportec", Fraction(25), {1: HOME, 2: None}),
        ("secondspectrum", Fraction(25), {1: None, 2: None}),  # made-up walks: nobody attacks anywhere
        ("pff", Fraction(30000, 1001), {1: HOME, 2: AWAY, 3: HOME, 4: AWAY}),
        ("signality", Fraction(25), {1: HOME, 2: AWAY}),
        ("statsperform", Fraction(10), {1: AWAY, 2: HOME}),
    ],
)
def test_positions_agree_with_kloppy(files, read, same_as, quiet, feed, rate, right) -> None:
    theirs, names, place = load(files, feed)
    game = read(*(files / n for n in names))
    assert same_as(game, theirs.records, place, limit=400) >= 150
    assert game.provider == feed
    assert len(theirs.records) == game.tracks.T
    assert game.tracks.rate_hz == rate
    assert {p.number: p.attacks_right for p in game.periods} == right
    seconds = [r.timestamp.total_seconds() for r in theirs.records]
    np.testing.assert_allclose(game.tracks.t_s, seconds, atol=1e-9)


def test_hawkeye_is_50_hz_and_sides_are_by_ground(files, read, same_as, quiet) -> None:
    from kloppy import hawkeye

    stem = "hawkeye_2_46.football.samples"
    theirs = hawkeye.load(
        ball_feeds=[str(files / f"{stem}.ball")],
        player_centroid_feeds=[str(files / f"{stem}.centroids")],
        meta_data=str(files / "hawkeye_meta.json"),
        coordinates="hawkeye",
    )
    game = read(files / f"{stem}.centroids", files / "hawkeye_meta.json")
    assert same_as(game, theirs.records, lambda p: [p.x, p.y], limit=300) == 300 * 22
    assert game.tracks.rate_hz == 50
    assert (game.court_length_m, game.court_width_m) == (104, 67)
    away = next(t for t in theirs.metadata.teams if str(t.ground) == "away")  # kloppy lists it first
    assert game.teams[AWAY].id == str(away.team_id)
    assert game.tracks.period[0] == 2
    assert not game.tracks.ball_present.all()  # the ball's file is 81 samples short: kloppy's NaN is no ball


EVENTS = {
    "statsbomb_15986_event.json": 4067, "statsbomb_event.json": 4061, "wyscout_events_v2.json": 1835,
    "wyscout_events_v3.json": 1896, "opta_f24.xml": 39, "datafactory_events.json": 1027, "impect_events.json": 3321,
    "statsperform_event_ma3.json": 1643, "statsperform_event_ma3.xml": 1643, "sportec_events.xml": 29,
}  # fmt: skip


@pytest.mark.parametrize("name", EVENTS)
def test_events_are_read_and_each_side_shoots_at_its_end(files, read, name) -> None:
    game = read(files / name)
    events = game.events
    assert len(events) == EVENTS[name]
    assert events["event_id"].is_unique
    assert (events["frame"] == -1).all()  # an event feed has no frames
    shots = events[(events["type"] == "shot") & events["x"].notna() & (events["side"] >= 0)]
    shots = shots[[a.get("outcome") != "own_goal" for a in shots["attributes"]]]
    right = np.array([game.attacks_right(p) for p in shots["period"]])
    towards = np.where(shots["side"] == right, shots["x"], -shots["x"])
    if name != "opta_f24.xml":  # its few events are made up: shots from everywhere
        assert (towards > 0).mean() > 0.94
    assert events["x"].dropna().abs().max() < 60
    assert events["y"].dropna().abs().max() < 42
    named = [k for k in game.repairs if "does not name" in k]
    assert named
    assert game.repairs[named[0]] == (~events["type"].isin(_words())).sum()


def _words() -> set[str]:
    from sportsai.court import load_league

    return set(load_league("bundesliga").events)


def test_metrica_events_direction_is_found_from_shots(files, read) -> None:
    game = read(files / "metrica_events.json", files / "epts_metrica_metadata.xml")
    assert len(game.events) == 3594
    # the metadata beside it (of another clip) says left to right; the shots say otherwise, and shots are believed
    assert [(p.number, p.attacks_right) for p in game.periods] == [(1, AWAY), (2, HOME)]


def test_statsbomb_360_freeze_frames_and_places_by_hand(files, read) -> None:
    game = read(files / "statsbomb_3788741_event.json")
    assert sorted(game.source) == [f"statsbomb_3788741_{k}.json" for k in ("360", "event", "lineup")]
    events = game.events.set_index("event_id")
    assert sum("freeze_frame" in a for a in events["attributes"]) > 3400
    raw = {e["id"]: e for e in json.loads((files / "statsbomb_3788741_event.json").read_text())}
    home = game.teams[HOME].name
    compared = 0
    for who, said in raw.items():
        if who in events.index and said.get("location") and said["type"]["name"] == "Shot":
            x, y = events.loc[who, "x"], events.loc[who, "y"]
            sign = 1 if said["team"]["name"] == home else -1  # an away shot is turned back to the left goal
            # StatsBomb's 120 x 80 yards-ish frame: the goal line is 120, the middle of the goal 40, y down
            assert sign * x > 0
            assert abs(sign * x - (said["location"][0] / 120 - 0.5) * 105) < 1.5
            assert abs(sign * y - (0.5 - said["location"][1] / 80) * 68) < 3
            compared += 1
    assert compared == sum(e["type"]["name"] == "Shot" for e in raw.values()) == 27


def test_positions_and_events_of_one_game_come_together(files, read) -> None:
    game = read(files / "sportec_positional.xml", files / "sportec_events.xml", files / "sportec_meta.xml")
    assert game.tracks.T == 202
    assert len(game.events) == 29
    assert game.title == "Sport-Club Freiburg 1-0 Borussia Mönchengladbach"


def test_companions_are_told_apart_by_their_numbers(files, read) -> None:
    assert sorted(read(files / "pff_3812.jsonl").source) == [
        "pff_3812.jsonl",
        "pff_metadata_3812.json",
        "pff_rosters_3812.json",
    ]
    assert "statsbomb_360.json" not in read(files / "statsbomb_event.json").source


def copies(files: Path, folder: Path, *names: str) -> list[Path]:
    return [Path(shutil.copy(files / n, folder / n)) for n in names]


def test_missing_companions_and_wrong_providers(files, tmp_path, problem) -> None:
    (pos,) = copies(files, tmp_path, "sportec_positional.xml")
    assert "its match information file is not beside it" in problem(pos)
    (raw,) = copies(files, tmp_path, "pff_3812.jsonl")
    assert "its metadata file is not beside it" in problem(raw)
    (ball,) = copies(files, tmp_path, "hawkeye_meta.json")
    assert "no file with positions or events" in problem(ball, provider="hawkeye")
    assert "this is not a file of" in problem(pos, provider="statsbomb")
    assert "this is not a file of" in problem(files / "tracab_raw.dat", provider="sportec")
    (tmp_path / "m").mkdir()
    centroids = tmp_path / "m" / "x_1_1.football.samples.centroids"
    centroids.write_text('{"samples": {}}')
    assert "no such file" in problem(centroids)


@pytest.mark.parametrize(
    ("names", "provider"),
    [
        (("sportec_positional.xml", "sportec_meta.xml"), "sportec"),
        (("pff_3812.jsonl", "pff_metadata_3812.json", "pff_rosters_3812.json"), "pff"),
        (("wyscout_events_v3.json",), "wyscout"),
        (("datafactory_events.json",), "datafactory"),
        (("second_spectrum_fake_data.jsonl", "second_spectrum_fake_metadata.xml"), "secondspectrum"),
        (("statsperform_event_ma3.xml", "statsperform_event_ma1.xml"), "statsperform"),
    ],
)
def test_truncated_empty_and_recoded_files(files, tmp_path, problem, names, provider) -> None:
    paths = copies(files, tmp_path, *names)
    whole = paths[0].read_bytes()
    paths[0].write_bytes(whole[: len(whole) * 2 // 3])
    assert "cut short" in problem(*paths, provider=provider)
    paths[0].write_bytes(b"")
    assert "empty" in problem(*paths, provider=provider)
    paths[0].write_bytes(whole.decode().encode("utf-16"))
    assert problem(*paths, provider=provider)
    paths[0].write_bytes(whole)
    if len(paths) > 1:
        paths[1].write_bytes(paths[1].read_bytes()[:-200])
        assert problem(*paths, provider=provider)


@pytest.mark.parametrize("token", [b"NaN", b"Infinity", b"-Infinity"])
def test_json_nan_and_infinity_are_refused_with_their_line(files, tmp_path, problem, token) -> None:
    paths = copies(files, tmp_path, "pff_3812.jsonl", "pff_metadata_3812.json", "pff_rosters_3812.json")
    paths[0].write_bytes(paths[0].read_bytes().replace(b'"x": 14.357', b'"x": ' + token))
    assert "line 1: a value is NaN or infinite" in problem(*paths)


def test_frame_rate_0_duplicates_and_backwards(files, tmp_path, problem) -> None:
    paths = copies(files, tmp_path, "pff_3812.jsonl", "pff_metadata_3812.json", "pff_rosters_3812.json")
    lines = paths[0].read_text().splitlines()
    paths[0].write_text("\n".join([lines[0], *lines]))
    assert "frame 4226 appears twice" in problem(*paths)
    paths[0].write_text("\n".join([lines[1], lines[0], *lines[2:]]))
    assert "frame 4226 comes after frame 4227" in problem(*paths)
    paths[0].write_text("\n".join(lines))
    paths[1].write_text(paths[1].read_text().replace('"fps":29.97', '"fps":0'))
    assert problem(*paths)
    paths[2].write_text("[]")
    assert problem(*paths)
