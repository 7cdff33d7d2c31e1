"""sportsai clips: taught, scored on games never seen, and asked, as an analyst types it; wrong input in a line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from sportsai.layers.resnet import ResNet
from tests.clips.made_up import folder_of_pans
from tests.video.films import view, write

SMALL = ("--height", "32", "--width", "48", "--pictures", "8", "--snippets", "2", "--fields", "2", "--batch", "4")


def test_from_a_table_to_labels_of_new_footage(type_, tmp_path: Path) -> None:
    folder_of_pans(tmp_path / "made")
    torch.manual_seed(0)
    save_file(ResNet("small").state_dict(), tmp_path / "w.safetensors")
    words = (
        "clips",
        "train",
        "made",
        "--model",
        "stpn",
        "--set",
        "d=32",
        "--set",
        "dropout=0",
        "--epochs",
        "8",
        *SMALL,
    )
    said = json.loads(type_(*words, "--json"))
    assert said["games"] == [f"game {n}" for n in range(4)] and len(said["rows"]) == 3
    assert len(said["test"]) == len(said["validation"]) == 1 and not set(said["test"]) & set(said["train"])
    assert {p.name for p in (tmp_path / "made" / "stpn").iterdir()} == {
        "weights.safetensors",
        "card.md",
        "metrics.json",
    }
    first = (tmp_path / "made" / "stpn" / "weights.safetensors").read_bytes()
    again = type_(*words, "--out", "other")
    assert (tmp_path / "other" / "weights.safetensors").read_bytes()[-1000:] == first[-1000:]
    assert "on games never seen" in again and "sportsai clips label" in again
    type_("clips", "train", "made", "--model", "frame_net", "--backbone", "w.safetensors", "--epochs", "1", *SMALL)
    assert "Began from w.safetensors" in (tmp_path / "made" / "frame_net" / "card.md").read_text()

    write(tmp_path / "new.mp4", [view(100 + 6 * n, 96, 64) for n in range(24)])
    ask = ("clips", "label", "new.mp4", "--weights", "made/stpn", "--window", "0.32")
    found = json.loads(type_(*ask, "--least", "0", "--json"))
    assert found["windows"] == 5 and {e["label"] for e in found["events"]} == {"right"}
    assert "new" not in type_(*ask, "--csv", "e.csv", "--xml", "e.xml") and (tmp_path / "e.xml").is_file()
    assert (tmp_path / "e.csv").read_text().splitlines()[0] == "from_s,to_s,label,score"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("train", "nowhere"), "no such folder"),
        (("train", "made", "--label", "what"), 'no column "what"'),
        (("train", "made", "--model", "stpm"), 'no model of clips named "stpm". Did you mean "stpn"'),
        (("train", "made", "--set", "widht=3", "--model", "c3d"), 'c3d has no option "widht"'),
        (("train", "made", "--model", "c3d", "--backbone", "made/clips.csv"), "no two-dimensional backbone"),
        (("train", "made", "--backbone", "made/clips.csv"), "no safetensors file"),
        (("train", "made"), "only 2 games (game 0, game 1); expected at least 3"),
        (("label", "made/g0-0.mp4", "--weights", "made"), "no weights here"),
    ],
)
def test_wrong_input_is_a_line_and_nothing_is_left(type_, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    folder_of_pans(tmp_path / "made", games=2, each=1)
    before = {p.name for p in (tmp_path / "made").iterdir()}
    assert said in type_("clips", *words, code=1)
    assert {p.name for p in (tmp_path / "made").iterdir()} == before and not (tmp_path / "runs").exists()


def test_a_missing_and_a_broken_video(type_, tmp_path: Path) -> None:
    folder_of_pans(tmp_path / "made", games=3, each=1)
    (tmp_path / "made" / "g1-0.mp4").write_text("text")
    assert "g1-0.mp4: is not a video" in type_("clips", "train", "made", *SMALL, code=1)
    (tmp_path / "made" / "g1-0.mp4").unlink()
    assert 'no such file "g1-0.mp4"' in type_("clips", "train", "made", *SMALL, code=1)
    assert "is no KEY=VALUE" in type_("clips", "train", "made", "--set", "d", code=2)
