"""A ball whose height is known, as networks read it: how high, how it rises, and where it would come to the ring."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

HEIGHT = 4  # numbers a sample
RING_M, RING = 3.05, (1 - 5.25 / 47, 0.0)  # the height of basketball's ring; where it is, in units of half the court
DROP = 9.81 * 0.52**2 / RING_M  # what a falling ball's step gains from one sample to the next, in ring heights
NEAR, MOST = 0.1, 5.0  # distances to the ring are divided by this share of half the court; the furthest said


def flight(ball: Tensor, seen: Tensor, ball_z: Tensor | None) -> Tensor:
    """Return what is said of each sample's ball, zeros where it is not seen or nobody knows how high it is.

    Its height over the ring's, how fast that grows, and, had it flown freely since the sample before, where it would
    fall through the ring's height, seen from the ring. Shapes: ball (B, T, 2), seen (B, T), ball_z (B, T, 1) metres
    -> (B, T, HEIGHT).
    """
    if ball_z is None:
        return ball.new_zeros(*ball.shape[:2], HEIGHT)
    z = ball_z[..., 0] / RING_M
    rise = F.pad(z.diff(dim=1), (1, 0))
    up = rise - DROP / 2  # at the sample
    root = (up.square() + 2 * DROP * (z - 1)).clamp(min=0)
    when = ((up + root.sqrt()) / DROP).clamp(max=4)[..., None]  # samples
    aim = ball + F.pad(ball.diff(dim=1), (0, 0, 1, 0)) * when - ball.new_tensor(RING)
    told = torch.cat([z[..., None], rise[..., None], (aim / NEAR).clamp(-MOST, MOST)], -1)
    both = F.pad(seen[:, 1:] & seen[:, :-1], (1, 0))
    told = told * torch.stack([seen, both, both, both], -1)
    return told
