"""Clips of footage as arrays: pictures spread over a clip, and optical flow from frame to frame about its middle.

A clip is [from, to) seconds of a file. Its T pictures lie evenly in it. Its flow fields are those between frames about
1 / FLOW_HZ s apart, as many around the middle as K snippets of L fields at the largest interval need, and none that
looks beyond the clip: `picked` takes the snippets. Only the frames that these ask for are decoded, those that clips
share once.

Source: K snippets of L consecutive fields at intervals drawn from 1 to 10: Wang, Long, Wang, Yu, "Spatiotemporal
pyramid network for video action recognition", CVPR 2017 (section 3.1). Fields: Kroeger, Timofte, Dai, Van Gool, "Fast
optical flow using dense inverse search", ECCV 2016, as OpenCV has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.errors import DataError
from sportsai.video.decode import Counter, Footage, frames

Int = NDArray[np.int64]
UInt8 = NDArray[np.uint8]
Half = NDArray[np.float16]
FLOW_HZ = 25.0  # frames a second that fields lie between, at most
LEAST_PX = 32  # of a side: below, fields mean nothing


@dataclass(frozen=True)
class Reading:
    """How clips are read. pictures: T of a clip. height, width: in pixels, whatever the footage's. snippets: K, fields:
    L of each, longest: the largest interval between two snippets, in fields."""

    pictures: int = 32
    height: int = 72
    width: int = 128
    snippets: int = 3
    fields: int = 10
    longest: int = 10

    def __post_init__(self) -> None:
        if min(self.height, self.width) < LEAST_PX:
            raise DataError(f"clips of {self.width} x {self.height} pixels", expected=f"sides of {LEAST_PX} or more")
        if min(self.pictures, self.snippets, self.fields, self.longest) < 1:
            raise DataError(f"clips read as {self}", expected="one or more of each")

    @property
    def reach(self) -> int:
        """Fields that K snippets at the largest interval span."""
        return (self.snippets - 1) * self.longest + self.fields


@dataclass(frozen=True)
class Plan:
    """The numbers of a clip's frames: of its T pictures, and of the F + 1 frames its F fields lie between."""

    pictures: Int
    flow: Int

    @property
    def first(self) -> int:
        """The first frame that is asked for."""
        return int(min(self.pictures[0], self.flow[0]))

    @property
    def last(self) -> int:
        """The last frame that is asked for."""
        return int(max(self.pictures[-1], self.flow[-1]))


@dataclass(frozen=True)
class Clip:
    """What a clip shows: pictures (T, H, W, 3) uint8 RGB; flow (F, 2, H, W) float16: u to the right and v down, in
    pixels of these pictures. lost: frames that would not decode; the nearest stand in for them."""

    pictures: UInt8
    flow: Half
    lost: int = 0


def plan(footage: Footage, first_s: float, last_s: float, reading: Reading) -> Plan:
    """Return the frames that a clip [first_s, last_s) asks for. Raises DataError where it holds fewer than two."""
    inside = np.flatnonzero((footage.t_s >= first_s - 1e-6) & (footage.t_s < last_s - 1e-6))
    if len(inside) < 2:
        raise DataError(
            f"a clip from {first_s:g} to {last_s:g} s holds {len(inside)} frame{'s' * (len(inside) != 1)}",
            path=footage.path, expected=f"two or more, within {footage.length_s:.1f} s",
        )  # fmt: skip
    low, high = int(inside[0]), int(inside[-1])
    at = first_s + (np.arange(reading.pictures) + 0.5) / reading.pictures * (last_s - first_s)
    pictures = np.clip(np.searchsorted(footage.t_s, at, "right") - 1, low, high)
    step = max(1, round(float(footage.rate_hz) / FLOW_HZ))
    middle = (low + high) // 2
    flow = middle + step * (np.arange(reading.reach + 1) - reading.reach // 2)
    flow = flow[(flow >= low) & (flow <= high)]
    if len(flow) < 2:
        flow = np.array([low, high])
    return Plan(pictures.astype(np.int64), flow.astype(np.int64))


def read(
    footage: Footage, plans: Sequence[Plan], reading: Reading, counter: Counter | None = None
) -> Iterator[tuple[int, Clip]]:
    """Yield (number of its plan, clip) of each plan, in the order in which the footage has shown them to their end.

    Frames that clips share are decoded once, and kept until the last clip that asks for them has begun. Raises
    DataError where none of a clip's frames decodes.
    """
    if not plans:
        return
    size = (reading.width, reading.height)
    order = sorted(range(len(plans)), key=lambda i: (plans[i].last, plans[i].first))
    wanted = np.unique(np.concatenate([np.concatenate([p.pictures, p.flow]) for p in plans]))
    count = counter if counter is not None else Counter()
    seen: dict[int, UInt8] = {}
    fields: dict[tuple[int, int], Half] = {}
    n = 0
    for number, image in frames(footage, wanted, count):
        while n < len(order) and plans[order[n]].last < number:
            yield order[n], _made(footage, plans[order[n]], seen, fields)
            n += 1
            _forget(seen, fields, min((plans[i].first for i in order[n:]), default=number))
        seen[number] = _small(image, size)
    for i in order[n:]:
        yield i, _made(footage, plans[i], seen, fields)


def _forget(seen: dict[int, UInt8], fields: dict[tuple[int, int], Half], before: int) -> None:
    for number in [k for k in seen if k < before]:
        del seen[number]
    for pair in [k for k in fields if k[0] < before]:
        del fields[pair]


def _made(footage: Footage, plan: Plan, seen: dict[int, UInt8], fields: dict[tuple[int, int], Half]) -> Clip:
    there = np.array(sorted(k for k in seen if plan.first <= k <= plan.last), np.int64)
    if not len(there):
        raise DataError(f"frames {plan.first} to {plan.last} do not decode", path=footage.path,
                        expected="a video that plays")  # fmt: skip
    pictures, flow = (there[np.abs(there[None] - asked[:, None]).argmin(1)] for asked in (plan.pictures, plan.flow))
    made = []
    for pair in zip(flow[:-1].tolist(), flow[1:].tolist(), strict=True):
        if pair not in fields:
            fields[pair] = flow_between(seen[pair[0]], seen[pair[1]])
        made.append(fields[pair])
    asked = np.unique(np.concatenate([plan.pictures, plan.flow]))
    return Clip(np.stack([seen[k] for k in pictures.tolist()]), np.stack(made), int((~np.isin(asked, there)).sum()))


def _small(image: UInt8, size: tuple[int, int]) -> UInt8:
    import cv2

    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def flow_between(before: UInt8, after: UInt8) -> Half:
    """Return where each pixel went from one picture (H, W, 3) to the next, (2, H, W): right and down, in pixels."""
    import cv2

    search: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    grey = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (before, after)]
    found = np.asarray(search.calc(grey[0], grey[1], None))
    return np.ascontiguousarray(found.transpose(2, 0, 1)).astype(np.float16)


def picked(flow: Half, reading: Reading, interval: int) -> Half:
    """Return K snippets of L fields, (K, 2 L, H, W), u and v in turn; snippets' middles lie `interval` fields apart.

    flow (F, 2, H, W). Where a snippet would reach beyond the F fields there are, the first or last one stands in.
    """
    K, L = reading.snippets, reading.fields
    middle = (len(flow) - 1) / 2 + (np.arange(K) - (K - 1) / 2) * interval
    start = np.floor(middle - (L - 1) / 2 + 0.5).astype(np.int64)
    at = np.clip(start[:, None] + np.arange(L), 0, len(flow) - 1)
    return flow[at].reshape(K, 2 * L, *flow.shape[2:])
