"""One game followed in a process of its own, for `sportsai bench live`: its module, typed with JSON.

Keys: path (a file of frames), companions, league, model, every_s, home_attacks (None: it is found), compiled (False:
torch), out (a file: what was said, processor seconds, memory).
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

MARK_S = 300.0  # of play between two looks at memory


class Watched:
    """A source whose reader's memory is looked at while it goes on."""

    def __init__(self, source: Any) -> None:
        self.source, self.name, self.counts = source, source.name, source.counts
        self.follower: Any = None
        self.seen: list[tuple[int, float]] = []  # frames taken, MB

    def poll(self, wait_s: float) -> list[bytes]:
        """See `Source`."""
        if self.follower is not None and self.follower.head is not None:
            frames = self.follower.told.frames
            step = MARK_S * float(self.follower.head.rate_hz)
            if frames >= step * (len(self.seen) + 1):
                self.seen.append((frames, _memory()))
        lines: list[bytes] = self.source.poll(wait_s)
        return lines

    def close(self) -> None:
        """See `Source`."""
        self.source.close()


def main(asked: dict[str, Any]) -> None:
    """Follow the game as the command does, and write what was said and what it took."""
    from sportsai.court import load_league
    from sportsai.live.follow import Follower, follow, model_for, weights_of
    from sportsai.live.models import frame_labels
    from sportsai.live.source import open_source

    if not asked.get("compiled", True):
        frame_labels.COMPILED = False
    rules = load_league(asked["league"])
    name, model = model_for(rules.sport, asked["model"])
    follower = Follower(
        rules, name, weights_of(model, rules, None), companions=tuple(Path(p) for p in asked["companions"]),
        first=Path(asked["path"]), every_s=asked["every_s"], home_attacks=asked["home_attacks"],
    )  # fmt: skip
    source = Watched(open_source(asked["path"]))
    head = source.poll(0)
    follower.take(head[:1])  # what is made once, when a feed begins
    source.follower = follower
    told: list[dict[str, Any]] = []
    began = time.process_time()
    told += follower.take(head[1:])
    result = follow(source, follower, told.extend, 0.05)
    spent = time.process_time() - began
    assert follower.head is not None
    said = {
        "events": told, "cpu_s": spent, "frames": result.frames, "rate_hz": float(follower.head.rate_hz),
        "memory": source.seen, "lost": result.lost, "counts": dict(result.counts), "directions": result.directions,
        "by": getattr(getattr(follower.running, "ask", None), "by", ""), "last_frame": follower.stretch.last[0],  # type: ignore[union-attr]
    }  # fmt: skip
    Path(asked["out"]).write_text(json.dumps(said))


def _memory() -> float:
    with open("/proc/self/statm", encoding="ascii") as f:
        return int(f.read().split()[1]) * resource.getpagesize() / 2**20


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
