"""Numbers on shirts: what is read, what is kept back, whose it is, and that the weights can be made again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file

from sportsai.errors import DataError, ModelError
from sportsai.resources import data_folder
from sportsai.simulate._figures import Kit, figure
from sportsai.video.decode import frames, look
from sportsai.video.digits import drawn_number
from sportsai.video.drawn_shirts import NONE, READ, SIDE, drawn
from sportsai.video.numbers import (
    HIGH,
    SMALLEST,
    WIDE,
    agreed,
    looked,
    numbers,
    open_reader,
    read_numbers,
    shapes,
    torso,
    voted,
)
from sportsai.video.numbers_taught import taught


def person(number: int, view: str, high: int, phase: int = 0, seed: int = 0) -> np.ndarray:
    """Return a picture of a drawn person before one colour; her number is on her back."""
    rng = np.random.default_rng(1000 * seed + number)
    shirt, shorts, ground = (tuple(rng.integers(0, 255, 3).tolist()) for _ in range(3))
    over = figure(Kit(shirt, shorts, shorts), number, view, phase, True).astype(float)
    image = over[..., :3] * over[..., 3:] / 255 + np.array(ground) * (1 - over[..., 3:] / 255)
    import cv2

    return np.asarray(cv2.resize(image.astype(np.uint8), (high * 224 // 320, high), interpolation=cv2.INTER_AREA))


def whole(image: np.ndarray) -> np.ndarray:
    return np.array([0.0, 0.0, image.shape[1], image.shape[0]])


def test_numbers_on_backs_are_read_and_none_where_none_is() -> None:
    true, looks = {}, {}
    for n, view in enumerate(("back",) * 10 + ("front", "side") * 3):
        pictures = [person(n % 10, view, 110 + 15 * k, 3 * k) for k in range(4)]
        looks[n] = [torso(p, whole(p)) for p in pictures]
        true[n] = n % 10 if view == "back" else None
    read = numbers(looks)
    assert len(read) >= 6
    assert all(number.value == true[n] and number.looks >= 3 and number.sure > 0.95 for n, number in read.items())
    assert read_numbers(looks[3]) == read.get(3) and read_numbers([]) is None
    with pytest.raises(DataError, match="96 x 88"):
        read_numbers([np.zeros((HIGH, WIDE + 1, 3), np.uint8)])


@pytest.mark.parametrize(
    "looks, value",
    [
        ([(7, 0.9)] * 3, 7),
        ([(7, 0.9)] * 3 + [(-1, 0.0)] * 20, 7),  # he turned away
        ([(7, 0.9)] * 2, None),  # too few
        ([(7, 0.6)] * 9, None),  # unsure
        ([(3, 0.9)] * 4 + [(23, 0.6)] * 2, None),  # turned, a digit is hidden
        ([(7, 0.9)] * 9 + [(1, 0.9)], 7),
        ([(7, 0.9)] * 3 + [(1, 0.9)] * 3, None),
        ([(-1, 0.0)] * 5, None),
    ],
)
def test_looks_must_agree(looks: list[tuple[int, float]], value: int | None) -> None:
    number = agreed(np.array(looks, float))
    assert (number.value if number else None) == value


def test_looks_close_in_time_are_one() -> None:
    said = np.tile([4.0, 0.95], (12, 1))
    track = np.repeat([1, 2, -1], 4)
    t_s = np.concatenate([np.arange(4) * 0.04, np.arange(4) * 0.25, np.arange(4) * 0.25])
    told = voted(track, t_s, said)
    assert set(told) == {2} and (told[2].value, told[2].looks) == (4, 4)
    assert voted(track, t_s, np.tile([-1.0, 0.0], (12, 1))) == {}


def test_a_look_is_the_torso_whatever_the_size_and_at_the_edge() -> None:
    for high in (80, 200, 600):
        image = np.zeros((high + 40, high, 3), np.uint8)
        box = np.array([high / 4, 20.0, high * 3 / 4, 20.0 + high])
        y, x, half = round(20 + 0.35 * high), high // 2, high // 16
        image[y - half : y + half, x - half : x + half] = 255
        cut = torso(image, box).astype(float)[..., 0]
        assert cut.shape == (HIGH, WIDE)
        at = np.array([cut.sum(0) @ np.arange(WIDE), cut.sum(1) @ np.arange(HIGH)]) / cut.sum()
        assert np.abs(at - [WIDE / 2, HIGH / 2]).max() < 2
        assert np.sqrt((cut > 127).sum()) == pytest.approx(24, abs=3)
    beyond = torso(np.full((50, 40, 3), 9, np.uint8), np.array([500.0, -300.0, 560.0, -100.0]))
    assert (beyond == 9).all()


def test_a_number_is_his_in_whose_torso_it_is() -> None:
    front = person(5, "back", 160)
    image = np.full((220, 260, 3), 90, np.uint8)
    image[40:200, 60 : 60 + front.shape[1]] = front
    mine = np.array([60.0, 40.0, 60.0 + front.shape[1], 200.0])
    behind = mine + np.array([14, -14, 14, -14])
    alone, both = looked(image, behind[None]), looked(image, np.stack([mine, behind]))
    assert alone[0, 0] == 5 and both[0, 0] == 5
    assert both[1].tolist() == [-1, 0]
    far = np.array([[5.0, 5.0, 30.0, 4.0 + SMALLEST]])
    assert looked(image, far).tolist() == [[-1, 0]] and looked(image, np.zeros((0, 4))).shape == (0, 2)


def test_what_is_drawn_can_be_taught_and_read_again(tmp_path: Path) -> None:
    pieces = drawn(160, seed=3)
    assert pieces.image.shape == (160, SIDE, SIDE, 3)
    assert (drawn(20, seed=3).image == pieces.image[:20]).all()
    read = pieces.told == READ
    assert 0.25 < read.mean() < 0.65 and (pieces.told == NONE).mean() > 0.1
    assert (pieces.number[read] >= 0).all() and (np.abs(pieces.at[read] - SIDE / 2) < SIDE / 2).all()
    for number in range(100):
        mask = drawn_number(number, 40, np.random.default_rng(number))
        assert mask.shape[0] == 60 and 0.02 < (mask > 127).mean() < 0.7
    said: list[str] = []
    path = taught(tmp_path / "w.safetensors", pieces=160, rounds=(1, 1), say=said.append)
    assert {k: tuple(v.shape) for k, v in load_file(path).items()} == shapes()
    assert path.read_bytes() == taught(tmp_path / "v.safetensors", 160, (1, 1), say=said.append).read_bytes()
    said_of = open_reader(path).read([np.zeros((HIGH, WIDE, 3), np.uint8)] * 70)
    assert said_of.shape == (70, 4) and (said_of[:, 0] >= -1).all()


def test_weights_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No such file"):
        open_reader(tmp_path / "x.safetensors")
    (tmp_path / "y.safetensors").write_bytes(b"nonsense")
    with pytest.raises(ModelError, match="cannot be read"):
        open_reader(tmp_path / "y.safetensors")
    save_file({"a": torch.zeros(3)}, tmp_path / "z.safetensors")
    with pytest.raises(ModelError, match="not those of a reader"):
        open_reader(tmp_path / "z.safetensors")


@pytest.mark.real
@pytest.mark.parametrize(
    "clip, first, legible",
    [
        ("vb_7_38025", 38005, {0: 1, 1: 11, 4: 22, 6: 1, 11: 16}),
        ("vb_10_18360", 18340, {2: 4, 3: 9, 4: 20, 5: 6, 8: 10, 9: 23, 10: 13, 11: 17}),
    ],
)
def test_what_is_said_of_broadcast_clips_is_right(clip: str, first: int, legible: dict[int, int]) -> None:
    folder = data_folder()
    if folder is None or not (folder / "video" / f"{clip}.mp4").exists():
        pytest.skip("the volleyball clips are not here: set SPORTSAI_DATA")
    footage = look(folder / "video" / f"{clip}.mp4")
    truth = pd.read_parquet(folder / "video" / "vb_tracks.parquet")
    truth = truth[(truth["video"] == int(clip.split("_")[1])) & (truth["lost"] == 0)]
    at = truth["frame"].to_numpy() - first
    track, t_s, said = [], [], []
    for n, image in frames(footage, np.unique(at)):
        mine = truth[at == n]
        track.append(mine["player"].to_numpy(np.int64))
        t_s.append(np.full(len(mine), footage.t_s[n]))
        said.append(looked(image, mine[["xmin", "ymin", "xmax", "ymax"]].to_numpy(np.float64)))
    told = voted(np.concatenate(track), np.concatenate(t_s), np.concatenate(said))
    assert all(legible.get(k) == number.value for k, number in told.items())  # read by eye; few are read
    assert len(told) >= (clip == "vb_7_38025")
    looks = np.concatenate(said)
    sure = looks[:, 1] >= 0.8
    right = [legible.get(int(k)) == v for k, v in zip(np.concatenate(track)[sure], looks[sure, 0], strict=True)]
    assert len(right) >= 5 and np.mean(right) >= 0.8
