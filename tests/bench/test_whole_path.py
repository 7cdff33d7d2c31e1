"""The table of the whole path: rates by hand, who is not there is named, one file that all read alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from sportsai.bench import _whole_path_steps as steps
from sportsai.bench import whole_path
from sportsai.bench.read import write_tracab


def test_rates_by_hand_and_who_is_missing_is_named() -> None:
    took = {"sportsai": [(2.0, 0.5), (2.0, 0.4), (2.5, 0.9)], "kloppy": [(7.0, 4.0), (7.0, 5.0), (7.0, 6.0)]}
    made = {"sportsai": 1000, "kloppy": 500}
    versions = {"sportsai": "1", "kloppy": "2", "databallpy": "3"}
    rows = whole_path.rows_of(
        "read", "frames", "a note", took, made, {"databallpy": "failed: KeyError"}, versions,
        ["sportsai", "kloppy", "floodlight", "databallpy"],
    )  # fmt: skip
    ours, theirs, missing, broken = rows
    assert (ours["cpu_s"], ours["least"], ours["most"], ours["a_cpu_s"]) == (0.5, 0.4, 0.9, 2000)
    assert (ours["first_s"], theirs["first_s"]) == (2, 7)
    assert theirs["times_ours"] == 10 and theirs["times_rate"] == 20  # ten times as long, for half as much
    assert missing["note"] == "not installed here: not measured" and broken["note"] == "failed: KeyError"
    page = "\n".join(whole_path.page(rows))
    assert "| read | kloppy 2 | 500 frames | 7 | 5 | 4 to 6 | 100 | 20 |" in page and "| read | floodlight |" in page


@pytest.mark.parametrize("code", [steps.READ, steps.MOTION, steps.STORE, steps.LOAD, steps.CONTROL])
def test_our_part_of_each_step_runs_and_counts(code: dict[str, str], tmp_path: Path) -> None:
    positions, metadata = write_tracab(tmp_path, 600)
    whole_path._for_all(positions, metadata, tmp_path)
    first, again, made = whole_path._measure("sportsai", code["sportsai"], tmp_path)
    frames = 600
    wanted = {id(steps.MOTION): frames * 22, id(steps.CONTROL): steps.PICTURES * 14 * 21}
    assert made == wanted.get(id(code), frames) and first >= 0 and again >= 0


def test_the_file_has_no_pause_and_five_periods(tmp_path: Path) -> None:
    positions, metadata = write_tracab(tmp_path, 40)
    whole_path._for_all(positions, metadata, tmp_path)
    numbers = [int(x.partition(":")[0]) for x in (tmp_path / "match.dat").read_text().splitlines()]
    assert numbers == list(range(numbers[0], numbers[0] + 40))
    text = (tmp_path / "match.xml").read_text()
    assert text.count("<period ") == 5 and f'iEndFrame="{numbers[-1]}"' in text
