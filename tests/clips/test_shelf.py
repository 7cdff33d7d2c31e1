"""Clips that were read are kept: nothing is read twice, a damaged one again, and batches are what models expect."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from sportsai.clips import shelf as room
from sportsai.clips.plain import GRID, THIRDS, TURNS, regression, told
from sportsai.clips.shelf import shelved, tensors
from sportsai.clips.table import load_clips
from sportsai.errors import DataError
from sportsai.video.snippets import Clip, Reading
from tests.clips.made_up import READING, pans


def test_what_was_read_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clips, shelf = pans(tmp_path, games=2, each=1)
    first = shelf.clip(0)
    assert first.pictures.shape == (16, 32, 48, 3) and first.flow.shape == (4, 2, 32, 48)
    shelf.files[1].write_bytes(shelf.files[1].read_bytes()[:100])
    said: list[tuple[int, int, str]] = []
    shelved(clips, READING, tmp_path / "read", progress=lambda *a: said.append(a))
    assert [s[:2] for s in said] == [(2, 4)] or len(said) == 1
    monkeypatch.setattr(room, "look", lambda path: pytest.fail("read again"))
    again = shelved(clips, READING, tmp_path / "read")
    assert again.files == shelf.files and len(set(shelf.files)) == 4
    assert np.array_equal(again.clip(0).pictures, first.pictures)


def test_batches_are_what_models_of_clips_read(tmp_path: Path) -> None:
    _, shelf = pans(tmp_path, games=1, each=1)
    batch = shelf.batch([0, 1])
    assert batch["clip"].shape == (2, 3, 8, 32, 48) and batch["flow"].shape == (2, 2, 4, 32, 48)
    shelf.colours = "plain"
    plain = shelf.batch([0, 1])["clip"]
    assert plain.dtype == torch.float32 and plain.min() >= 0 and 0.5 < plain.max() <= 1 and batch["clip"].min() < 0
    assert set(shelf.batch([0], flow=False)) == {"clip"}
    left, right = batch["flow"][:, :, ::2].mean((1, 2, 3, 4)).tolist()
    assert left > 1 and right < -1  # the camera pans to the left, the floor goes to the right: 3 pixels of these


def test_pictures_at_a_rate_and_colours_by_hand() -> None:
    """Eight pictures, four seen: every second one of all, or every one about the middle."""
    reading = Reading(pictures=8, height=32, width=32, snippets=1, fields=1, longest=1)
    clip = Clip(
        np.stack([np.full((32, 32, 3), 30 * n, np.uint8) for n in range(8)]), np.zeros((1, 2, 32, 32), np.float16)
    )
    every, middle, all_ = (
        tensors([clip], reading, "plain", r, flow=False)["clip"][0, 0, :, 0, 0] for r in (2, 1, None)
    )
    assert (every * 255 / 30).round().tolist() == [0, 2, 4, 6]
    assert (middle * 255 / 30).round().tolist() == [2, 3, 4, 5]
    assert len(all_) == 8
    red = tensors([clip], reading, "imagenet", flow=False)["clip"][0, 0, 1, 0, 0].item()
    assert red == pytest.approx((60 / 255 - 0.485) / 0.229, abs=1e-5)


def test_what_is_no_video_is_said_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"this is text")
    (tmp_path / "clips.csv").write_text("file,game,label\na.mp4,g,x\na.mp4,g,y\n")
    with pytest.raises(DataError, match=r"a\.mp4: is not a video"):
        shelved(load_clips(tmp_path), READING, tmp_path / "read")


def test_the_numbers_of_the_baseline_by_hand() -> None:
    """A red clip whose everything goes up by 2: colour 1, 0, 0 without spread, one direction of eight, mean (0, -2)."""
    pictures = np.zeros((6, 16, 16, 3), np.uint8)
    pictures[..., 0] = 255
    flow = np.zeros((3, 2, 16, 16), np.float16)
    flow[:, 1] = -2
    x = told(Clip(pictures, flow))
    colours, moved = x[: THIRDS * GRID * GRID * 6].reshape(-1, 6), x[THIRDS * GRID * GRID * 6 :].reshape(-1, TURNS + 2)
    assert np.allclose(colours, [1, 0, 0, 0, 0, 0])
    assert moved.shape == (THIRDS * 4, TURNS + 2) and np.allclose(moved, [0, 0, 2, 0, 0, 0, 0, 0, 0, -2])


def test_the_baseline_learns_and_knows_shares_of_what_never_differs() -> None:
    rng = np.random.default_rng(0)
    label = rng.integers(3, size=90)
    x = np.eye(3)[label] + 0.1 * rng.normal(size=(90, 3))
    train, validation, rest = np.arange(50), np.arange(50, 70), np.arange(70, 90)
    y = np.eye(3, dtype=bool)[label]
    one = regression(x, y, False, train, validation)
    assert (one[rest].argmax(1) == label[rest]).all() and np.allclose(one.sum(1), 1)
    many = regression(x, np.concatenate([y, np.ones((90, 1), bool)], 1), True, train, validation)
    assert ((many[rest, :3] > 0.5) == y[rest]).mean() > 0.95 and (many[:, 3] == 1).all()
