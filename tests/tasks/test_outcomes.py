"""How possessions end, as examples: an instant written out as a window, and what is known of its length."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sportsai.data.splits import by_game
from sportsai.errors import DataError
from sportsai.readers import aleague
from sportsai.tasks import load_task, outcomes

ENDS = ("pass", "shot", "unknown")


def made_up(folder: Path, match: int = 77, ends: tuple[str, ...] = ENDS, timed: bool = True) -> Path:
    """Possessions of three frames 100 apart, two men a side; the second's team attacks left."""
    people = [(-1, np.nan), (21, 2.0), (22, 2.0), (11, 1.0), (12, 1.0)]
    rows = []
    for k, end in enumerate(ends):
        for i, (player, team) in enumerate(people):
            rows.append(
                {
                    "match_id": match, "frame": 100 * (k + 1), "period": 1, "player_id": player, "x": 10.5 + i,
                    "y": 2.0, "vx_mps": 1.0 if player == 21 else np.nan, "vy_mps": -0.5, "team_id": team,
                    "player_role": "", "event_id": f"8_{k}", "end_type": end, "pass_outcome": "",
                    "team_in_possession": 2, "player_in_possession_id": 21,
                    "team_in_possession_phase_type": "create", "lead_to_shot": False, "lead_to_goal": False,
                    "attacking_side": "right_to_left" if k == 1 else "left_to_right", "is_detected": True,
                }
            )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows)[list(aleague.SNAPSHOT_COLUMNS)].to_parquet(folder / aleague.SNAPSHOTS)
    if timed:
        (folder / str(match)).mkdir(exist_ok=True)
        n = len(ends)
        pd.DataFrame(
            {
                "event_id": [f"8_{k}" for k in range(n)] + ["7_0"],
                "event_type": ["player_possession"] * n + ["passing_option"],
                "frame_start": [100 * (k + 1) for k in range(n)] + [100],
                "frame_end": [100 * (k + 1) + (0 if k else 15) for k in range(n)] + [100],
            }
        ).to_csv(folder / str(match) / aleague.POSSESSIONS, index=False)
    return folder / aleague.SNAPSHOTS


def taught(path: Path, frames: int = 8, **options: object):
    return outcomes.examples([path], outcomes.Options.model_validate({"task": "outcomes", **options}), frames)


def test_an_instant_is_written_out_as_a_window(tmp_path):
    found = taught(made_up(tmp_path))
    windows = found.windows
    assert windows.xy.shape == (2, 22, 8, 2)
    assert windows.reference == 7
    # the ball is first in the file, the holder next: (11.5, 2) at (1, -0.5) m/s
    assert windows.xy[0, 0, 7] * 52.5 == pytest.approx([11.5, 2.0], abs=1e-4)
    assert windows.xy[0, 0, 0] * 52.5 == pytest.approx([11.5 - 0.7, 2.0 + 0.35], abs=1e-4)
    assert windows.ball[0, 7] * 52.5 == pytest.approx([10.5, 2.0], abs=1e-4)
    velocity = np.diff(windows.xy[:, 0], axis=1) * 52.5 / 0.1
    assert velocity[0] == pytest.approx(np.tile([1.0, -0.5], (7, 1)), abs=1e-4)
    assert velocity[1] == pytest.approx(np.tile([-1.0, 0.5], (7, 1)), abs=1e-4)
    assert windows.xy[1, 0, 7] == pytest.approx(-windows.xy[0, 0, 7])
    assert windows.relation[:, :5].tolist() == [[1, 1, -1, -1, 0]] * 2
    assert windows.present[:, :4].all()
    assert not windows.present[:, 4:].any()
    assert (windows.slot[:, 4:] == -1).all()
    assert windows.last_frame.tolist() == [100, 200]
    assert windows.first_frame.tolist() == [93, 193]
    assert [found.names[k] for k in windows.label] == ["pass", "shot"]
    assert found.terms == aleague.TERMS


def test_how_long_a_possession_lasts(tmp_path):
    found = taught(made_up(tmp_path))
    assert found.refused == {'possessions that end in "unknown"': 1}
    assert found.facts["seconds"].tolist() == [1.5, 0.0]
    assert found.facts["instant"].tolist() == [False, True]
    assert set(found.sources) == {aleague.SNAPSHOTS, f"77/{aleague.POSSESSIONS}"}
    without = taught(made_up(tmp_path / "alone", timed=False))
    assert without.facts["seconds"].isna().all()
    assert not without.facts["instant"].any()


def test_matches_of_several_folders(tmp_path):
    made_up(tmp_path / "soccer" / "aleague")
    made_up(tmp_path / "more", match=78)
    files = outcomes.find(tmp_path)
    assert len(files) == 2
    found = outcomes.examples(files, outcomes.Options(task="outcomes"), 4)
    assert sorted(set(found.contest)) == ["77", "78"]
    assert len(found.sources) == 4
    assert len(by_game(found.windows, [], ["77"]).test) == 2
    made_up(tmp_path / "again")
    with pytest.raises(DataError, match=r"match 77 is in .* too"):
        outcomes.examples(outcomes.find(tmp_path), outcomes.Options(task="outcomes"), 4)


def test_bad_input(tmp_path):
    assert outcomes.find(tmp_path) == []
    with pytest.raises(DataError, match="no files"):
        outcomes.examples([], outcomes.Options(task="outcomes"), 4)
    with pytest.raises(DataError, match=aleague.SNAPSHOTS):
        taught(tmp_path)
    with pytest.raises(DataError, match="no possession ends in a known way; expected pass"):
        taught(made_up(tmp_path, ends=("unknown",)))
    path = made_up(tmp_path)
    with pytest.raises(DataError, match="1 sample of a snapshot"):
        taught(path, frames=1)
    pd.read_parquet(path).drop(columns="end_type").to_parquet(path)
    with pytest.raises(DataError, match='column "end_type" is not in it'):
        taught(path)


def test_the_eight_matches(real_data):
    task = load_task("outcomes")
    found = task.examples(task.find(real_data), task.Options(task="outcomes"), 8)
    assert dict(zip(found.names, np.bincount(found.windows.label).tolist(), strict=True)) == {
        "pass": 7047, "possession_loss": 375, "shot": 157, "clearance": 79, "foul_suffered": 88,
    }  # fmt: skip
    assert len(found.windows.games) == 8
    assert found.refused['possessions that end in "unknown"'] == 14
    assert found.facts["seconds"].notna().all()
    shots = found.windows.label == 2
    assert found.facts["instant"][shots].sum() == 65
    assert found.windows.ball[shots, -1, 0].mean() * found.windows.scale_m > 30
    assert found.windows.present.sum((1, 2)).min() >= 20 * 8
    assert len(by_game(found.windows, ["1886347"], ["2015213"]).test) == 890
