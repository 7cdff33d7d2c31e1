"""Spatiotemporal compact bilinear fusion: how features go together, in few numbers.

Wang, Long, Wang, Yu, "Spatiotemporal pyramid network for video action recognition", CVPR 2017 (arXiv:1903.01038),
algorithm 1, after Gao et al., CVPR 2016: the count sketch of an outer product is the circular convolution of the
sketches, so all products of m inputs are summed into d numbers without being formed. In expectation the inner product
of two fusions is the product of the inputs' own (Pham and Pagh, KDD 2013).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

LEAST = 1e-12


class CompactBilinear(nn.Module):
    """Fuse m vectors of sizes p_i into one of size d.

    sizes: p_1..p_m. d: numbers of the result. signed: the result's signed square root, scaled to unit length, as is
    customary (the paper does not say). The hashes and signs are drawn once from `seed`, another for each input, and
    travel with the weights.
    """

    bins: Tensor
    signs: Tensor

    def __init__(self, sizes: Sequence[int], d: int = 4096, *, signed: bool = True, seed: int = 0) -> None:
        super().__init__()
        self.sizes, self.d, self.signed = tuple(sizes), d, signed
        draw = torch.Generator().manual_seed(seed)
        each = [(torch.randint(d, (p,), generator=draw), torch.randint(2, (p,), generator=draw) * 2 - 1) for p in sizes]
        self.register_buffer("bins", torch.cat([b for b, _ in each]))
        self.register_buffer("signs", torch.cat([s for _, s in each]).float())

    def sketch(self, x: Tensor, i: int) -> Tensor:
        """Return the count sketch of the i-th input, (..., p_i) -> (..., d): each number, signed, added to its bin."""
        first = sum(self.sizes[:i])
        bins = self.bins[first : first + self.sizes[i]]
        signs = self.signs[first : first + self.sizes[i]].to(x.dtype)
        return x.new_zeros(*x.shape[:-1], self.d).index_add(-1, bins, x * signs)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return the fusion, (..., d), of inputs (..., p_i). Fourier transforms run in 32 bits or more."""
        if len(inputs) != len(self.sizes):
            raise ValueError(f"{len(inputs)} inputs, expected {len(self.sizes)}")
        dtype = inputs[0].dtype
        wide = torch.promote_types(dtype, torch.float32)
        out = self.sketch(inputs[0].to(wide), 0)
        if len(inputs) > 1:
            spectrum = torch.fft.rfft(out)
            for i, x in enumerate(inputs[1:], start=1):
                spectrum = spectrum * torch.fft.rfft(self.sketch(x.to(wide), i))
            out = torch.fft.irfft(spectrum, n=self.d)
        if self.signed:
            out = out.sign() * (out.abs() + LEAST).sqrt()
            out = out / out.norm(dim=-1, keepdim=True).clamp_min(LEAST**0.5)
        return out.to(dtype)
