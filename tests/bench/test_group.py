"""The figures of a group's model by hand, and the sentence made of them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from sportsai.bench import _parts, group


def test_figures_by_hand() -> None:
    # l_pass right, r_pass taken for l_pass, l_winpoint given to the right, r_winpoint right, one not tested
    names = ("l_pass", "r_pass", "l_winpoint", "r_winpoint")
    taught = SimpleNamespace(
        windows=SimpleNamespace(label=np.array([0, 1, 2, 3, 0])), names=names, turned=np.array([1, 0, 3, 2])
    )
    said = np.full((5, 4), np.nan)
    said[:4] = np.log(np.eye(4)[[0, 0, 3, 3]] * 0.9 + 0.025)
    assert _parts.figures(taught, said, None) == {
        "accuracy": 0.5, "balanced accuracy": 0.5, "left for right": 0.5, "winpoint to the wrong side": 0.5,
    }  # fmt: skip


def test_the_sentence_says_what_each_stage_is_worth() -> None:
    def row(way: str, accuracy: str, wrong: str) -> dict[str, object]:
        return {"task": "t", "way": way, "accuracy": accuracy, "winpoint to the wrong side": wrong}

    rows = [
        row("full: both", "0.900 ± 0.010", "0.000 ± 0.000"), row("B7: x", "0.880 ± 0.020", "0.000 ± 0.000"),
        row("B6: x", "0.800 ± 0.000", "0.010 ± 0.000"), row("full, one group", "0.500 ± 0.000", "0.450 ± 0.010"),
    ]  # fmt: skip
    said = _parts.verdict(rows)
    assert "LSTM-2 is worth +0.020" in said and "LSTM-1 +0.100" in said and "against one +0.400" in said
    assert "0.020)" in said and "45.0%" in said and said.startswith("SIMULATED")
    lines = group.page([*rows, {"task": "t", "say": said}])
    assert "## t" in lines and "MPCA" in lines[1] and any(line.startswith("| full, one group |") for line in lines)


def test_the_confusion_of_two_groups_and_of_one_is_drawn_and_linked(tmp_path) -> None:
    names = ["l_pass", "r_pass"]
    row = {
        "task": "Simulated rallies: posture", "names": names, "picture": "group_posture.svg", "alt": "two and one",
        "pair": [("Two groups", [[9, 1], [0, 10]]), ("One group", [[5, 5], [4, 6]])],
    }  # fmt: skip
    (path,) = group.pictures([{"task": "other", "say": "no picture"}, row], tmp_path)
    drawn = path.read_text()
    assert "Two groups read 95\u00a0% of simulated plays rightly, one group 55\u00a0%" in drawn
    assert "SIMULATED" in drawn and drawn.count(">l pass<") == 4  # down and across, twice
    assert ">90\u00a0%<" in drawn and ">10\u00a0%<" in drawn and ">40\u00a0%<" in drawn
    lines = group.page([row])
    assert lines[-1] == "![two and one](group_posture.svg)" and not any("l_pass" in line for line in lines)
