"""Readers are found by listing a folder; each file of the kloppy wheel is recognised by one reader or none."""

from __future__ import annotations

from importlib import import_module

import pytest

from sportsai.errors import DataError
from sportsai.readers import find_reader, load_reader, reader_names

FOUND = {
    "datafactory_events.json": "datafactory",
    "epts_metrica_metadata.xml": "epts",
    "epts_metrica_tracking.txt": "epts",
    "hawkeye_2_46.football.samples.centroids": "hawkeye",
    "impect_events.json": "impect",
    "metrica_away.csv": "metrica",
    "metrica_events.json": "metrica_events",
    "metrica_home.csv": "metrica",
    "opta_f24.xml": "opta",
    "opta_f73.xml": "opta",
    "pff_10517.jsonl": "pff",
    "second_spectrum_fake_data.jsonl": "secondspectrum",
    "second_spectrum_fake_data_utf8sig.jsonl": "secondspectrum",
    "signality_p1_raw_data_subset.json": "signality",
    "skillcorner_structured_data.json": "skillcorner",
    "skillcorner_structured_data_timestamp.json": "skillcorner",
    "skillcorner_v3_raw_data.jsonl": "skillcorner",
    "sportec_events.xml": "sportec",
    "sportec_positional.xml": "sportec",
    "statsbomb_3788741_event.json": "statsbomb",
    "statsperform_event_ma3.json": "statsperform",
    "statsperform_event_ma3.xml": "statsperform",
    "statsperform_tracking_ma25.txt": "statsperform",
    "tracab_raw.dat": "tracab",
    "tracab_raw.json": "tracab",
    "wyscout_events_v2.json": "wyscout",
    "wyscout_events_v3.json": "wyscout",
}


@pytest.mark.parametrize("name", FOUND)
def test_each_real_file_is_recognised(files, name) -> None:
    assert find_reader(files / name, "soccer") == FOUND[name]


def test_no_file_is_claimed_twice_and_companions_are_nobodys(files) -> None:
    for path in sorted(files.iterdir()):
        claimed = [n for n in reader_names() if "soccer" in load_reader(n).SPORTS and load_reader(n).sniff(path)]
        assert claimed in ([], [FOUND.get(path.name, claimed[0] if claimed else "")]), path.name


@pytest.mark.parametrize("name", reader_names())
def test_each_reader_has_what_a_reader_has(name) -> None:
    reader = load_reader(name)
    assert reader.TITLE
    assert reader.SPORTS
    assert callable(reader.sniff)
    assert callable(reader.read)


def test_feeds_stand_for_their_module() -> None:
    names = reader_names()
    bridge = import_module("sportsai.readers.kloppy_bridge")
    assert set(bridge.PROVIDERS) < set(names)
    assert "kloppy_bridge" not in names
    assert "source" not in names


def test_unknown_names_and_files(tmp_path, league, problem) -> None:
    with pytest.raises(DataError, match='Did you mean "tracab"'):
        load_reader("tracap")
    odd = tmp_path / "odd.bin"
    odd.write_bytes(bytes(range(256)))
    assert "not recognised as any soccer format" in problem(odd)
    (tmp_path / "empty.json").touch()
    assert "empty" in problem(tmp_path / "empty.json")
    assert "no such file" in problem(tmp_path / "none.json")
    assert "does not read soccer" in problem(odd, provider="bigdatacup")
