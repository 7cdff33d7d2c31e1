"""How many events were there really, given how many were recognised and how the model did where it was tested?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Z95 = 1.96  # half width of a 95 % interval in standard errors


@dataclass(frozen=True)
class TypeScore:
    """How a run recognised one type in the part of the data its weights never saw.

    precision, recall, ap: in [0, 1], None where not measured. n: true events of the type in the test part; n_found:
    recognised ones. ratio: true over recognised with its 95 % interval, where the run measured it. key_right: share of
    the rightly recognised whose key player is the real one.
    """

    type: str
    precision: float | None
    recall: float | None
    ap: float | None
    n: int | None
    n_found: int | None = None
    ratio: tuple[float, float, float] | None = None
    key_right: float | None = None

    @property
    def found(self) -> float | None:
        """How many were recognised in the test part: as counted, else from n, recall and precision."""
        if self.n_found is not None:
            return float(self.n_found)
        if not self.n or not self.precision or self.recall is None:
            return None
        return self.n * self.recall / self.precision


@dataclass(frozen=True)
class Count:
    """Recognised events and the 95 % range of how many there were.

    by: "test" (from precision and recall), "probabilities" (from the events' own), "logged" (a person's log: exact).
    """

    n: int
    expected: float
    low: int
    high: int
    by: str

    @property
    def range(self) -> str:
        """ "395–440", "" for a log and for none."""
        return "" if self.by == "logged" or not self.n else f"{self.low:,}–{self.high:,}"


def type_scores(run: Mapping[str, Any] | None) -> dict[str, TypeScore]:
    """Return the test scores of a run by type; empty when it was not measured."""
    metrics = (run or {}).get("metrics") or {}
    table = next(
        (metrics[k] for k in ("types", "per_type", "classes", "test") if isinstance(metrics.get(k), Mapping)), metrics
    )
    scores = {}
    for name, row in table.items():
        if isinstance(row, Mapping) and ({"precision", "recall"} & {str(k).lower() for k in row}):
            low = {str(k).lower(): v for k, v in row.items()}
            n = next((low[k] for k in ("n", "n_true", "support", "true", "n_test") if low.get(k) is not None), None)
            found, ratio = low.get("found"), low.get("count_ratio")
            scores[str(name)] = TypeScore(
                str(name),
                _share(low.get("precision")),
                _share(low.get("recall")),
                _share(low.get("ap", low.get("average_precision"))),
                None if n is None else int(n),
                int(found) if isinstance(found, (int, float)) else None,
                _three(ratio),
                _share(low.get("key_right")),
            )
    return scores


def _three(value: Any) -> tuple[float, float, float] | None:
    """Return a ratio with its interval, None where it is not three finite numbers above 0."""
    if not isinstance(value, (list, tuple)) or len(value) != 3:
        return None
    if not all(isinstance(v, (int, float)) and math.isfinite(v) and v > 0 for v in value):
        return None
    return float(value[0]), float(value[1]), float(value[2])


def _share(value: Any) -> float | None:
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return min(max(float(value), 0.0), 1.0)


def wilson(share: float, n: float, z: float = 1.96) -> tuple[float, float]:
    """Return the interval of a share seen in n trials. Source: Wilson, JASA 22 (1927) 209."""
    if n <= 0:
        return 0.0, 1.0
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def expected_count(scores: Sequence[float], test: TypeScore | None = None, certain: int = 0) -> Count:
    """Return how many events there were, from the probabilities of those recognised and the type's test score.

    With a test score: n x precision / recall (true over recognised). Its 95 % range: the run's own interval of that
    ratio, else the sampling error of both (delta method on the logarithm), and that of this sample. Without: the sum of
    probabilities and their own spread. NaN: a log, taken as it is. certain: how many of them a person vouches for:
    these are right, and only how many the model missed beside them (its recall) is estimated.
    """
    p = np.asarray(scores, float)
    n = len(p)
    if n and np.isnan(p).all():
        return Count(n, float(n), n, n, "logged")
    if test and test.precision and test.recall and test.n and n:
        precision, recall, found = test.precision, test.recall, test.found or 1.0
        ratio = precision / recall
        variance = (1 - precision) / (precision * found) + (1 - recall) / (recall * test.n)
        if test.ratio is not None and min(test.ratio) > 0:
            ratio, low, high = test.ratio
            variance = (math.log(high / low) / (2 * Z95)) ** 2
        rest, vouched = (n - certain) * ratio, certain * max(ratio / precision, 1.0)
        expected = rest + vouched
        missed = (1 - recall) / (recall * max(expected, 1.0))
        variance += (1 - precision) / (precision * max(n - certain, 1)) + missed
        off = rest * math.sqrt(variance) + vouched * math.sqrt((1 - recall) / (recall * test.n) + missed)
        spread = math.exp(Z95 * off / max(expected, 1e-9))
        low = max(math.floor(expected / spread), certain)
        return Count(n, expected, low, math.ceil(expected * spread), "test")
    return by_probability(p)


def by_probability(scores: Sequence[float] | np.ndarray) -> Count:
    """Return the expected count of a few events from their probabilities (Poisson-binomial, 95 % range)."""
    p = np.asarray(scores, float)
    if len(p) and np.isnan(p).all():
        return Count(len(p), float(len(p)), len(p), len(p), "logged")
    p = np.clip(np.nan_to_num(p, nan=1.0), 0, 1)  # logged: it happened
    mean, spread = float(p.sum()), Z95 * math.sqrt(float((p * (1 - p)).sum()))
    return Count(
        len(p),
        mean,
        max(0, math.floor(mean - spread + 0.5)),
        min(len(p), math.ceil(mean + spread - 0.5)),
        "probabilities",
    )
