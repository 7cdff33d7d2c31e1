"""Footage of a whole match: how much memory tracking takes, and whether a run that was killed goes on.

A minute of real tracks is drawn as a broadcast and repeated. What is watched of the minute stands for each of its
repeats, so that hours need not be watched: only what comes after - court, people, the game - is done for all of it.
"""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.bench._footage import data
from sportsai.bench._process import environment
from sportsai.bench._scores import progress

MINUTE, LEAGUE, SOURCE, WHICH, FROM_S = "a minute of an NBA quarter.mp4", "nba", "basketball/nba_q1.npz", 12, 30.0
RATE_HZ, REPEATS = 5.0, (9, 90)
TRACK = """
import json, resource, sys, time
from pathlib import Path
from sportsai.court import load_league
from sportsai.video import replays
from sportsai.video.pipeline import track
from sportsai.video.watch import Asked
replays.BACK_S = 0.0  # each repeat of the minute would be a replay
video, runs, rate = sys.argv[1:]
league = load_league("nba")
asked = Asked(rate_hz=float(rate), detector="centernet", tiled=False)
done = track(Path(video), league, asked=asked, runs=Path(runs), threads=1)
game = done.game
print(json.dumps({
    "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, "rows": game.tracks.T, "slots": game.tracks.P,
    "people": game.extra["people"], "cpu_s": time.process_time(), "xy": float(game.tracks.xy.astype("f8").sum()),
    "present": int(game.tracks.present.sum()), "frames": len(done.footage),
}))
"""


def minute(folder: Path, source: Path) -> Path:
    """Return the film of a minute, drawn when it is not there."""
    from sportsai.court import load_league
    from sportsai.readers import read_games
    from sportsai.simulate.broadcast import FPS, HIGH_PX, WIDE_PX, film
    from sportsai.video.film import Writer

    path = folder / MINUTE
    if not path.exists():
        league = load_league(LEAGUE)
        game = next(itertools.islice(read_games((source,), league), WHICH, None))
        with Writer(path, (WIDE_PX, HIGH_PX), Fraction(FPS), quality=26) as writer:
            film(game, league, writer.write, FROM_S, 60.0, seed=3)
    return path


def repeated(path: Path, times: int, out: Path) -> Path:
    """Write a film's packets so many times over, one after the other, none decoded, and return the new film's path."""
    import av

    half = out.with_suffix(".half.mp4")
    with av.open(str(path)) as first, av.open(str(half), "w") as into:
        stream: Any = first.streams.video[0]
        packets = [(bytes(p), p.pts, p.dts, p.is_keyframe) for p in first.demux(stream) if p.size and p.pts is not None]
        base = stream.time_base
        long = round(len(packets) / stream.average_rate / base)
        new = into.add_stream_from_template(stream)
        for n in range(times):
            for data, pts, dts, key in packets:
                packet = av.Packet(data)
                packet.stream, packet.time_base = new, base
                packet.pts, packet.dts, packet.is_keyframe = pts + n * long, dts + n * long, key
                into.mux(packet)
    half.replace(out)
    return out


def stood_for(minute: Path, whole: Path, times: int, runs: Path) -> int:
    """Fill the folder of a run over `whole` with what was watched of the minute, over and over, but for the last part;
    return its frames."""
    from sportsai.video.decode import look
    from sportsai.video.watch import PART, Asked, load, mark, write

    asked = Asked(rate_hz=RATE_HZ, detector="centernet", tiled=False)
    short, long = look(minute), look(whole)
    of = runs / mark(short, asked, None, [], LEAGUE)
    to = runs / mark(long, asked, None, [], LEAGUE)
    parts = sorted(of.glob("0*.npz"))
    count = sum(len(load(p)["frame"]) for p in parts)
    if count % PART:
        raise ValueError(f"{count} frames of the minute do not fill parts of {PART}")
    for n in range(times):
        for k, part in enumerate(parts):
            path = to / f"{n * len(parts) + k:05d}.npz"
            last = (n, k) == (times - 1, len(parts) - 1)
            if last:  # watched in the run that is measured: what a detector needs counts
                path.unlink(missing_ok=True)
            elif not path.exists():
                one = load(part)
                one["frame"] = one["frame"] + n * len(short)
                if k == 0:
                    one["cut"][0], one["sure"][0] = True, 0.0
                write(path, one)
    if of != to and (of / "court.npz").exists():
        shutil.copyfile(of / "court.npz", to / "court.npz")
    return count * times


def tracked(video: Path, runs: Path) -> dict[str, Any]:
    """Return what tracking a film took, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", TRACK, str(video), str(runs), str(RATE_HZ)], capture_output=True,
                          text=True, check=True, env=environment())  # fmt: skip
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def killed(video: Path, runs: Path, share: float = 0.4) -> dict[str, Any]:
    """Kill a run once so much is watched, run again, and say whether anything was done twice or came out otherwise."""
    from sportsai.video.watch import PART

    whole = tracked(video, runs / "whole")
    folder, broken = runs / "broken", whole["rows"] * share // PART
    with subprocess.Popen([sys.executable, "-c", TRACK, str(video), str(folder), str(RATE_HZ)], env=environment(),
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as first:  # fmt: skip
        try:
            while first.poll() is None and len(list(folder.rglob("0*.npz"))) < max(broken, 1):
                time.sleep(0.05)
        finally:
            first.kill()
    kept = {p: p.stat().st_mtime_ns for p in folder.rglob("0*.npz")}
    again = tracked(video, folder)
    same = all(p.stat().st_mtime_ns == at for p, at in kept.items())
    halves = list(folder.rglob("*.half"))
    return {
        "frames": whole["rows"], "kept when killed": len(kept) * PART, "kept as they were": same,
        "half-written left": len(halves),
        "the same game": all(np.isclose(again[k], whole[k]) for k in ("rows", "xy", "present", "people")),
    }  # fmt: skip


def long(quick: bool) -> list[dict[str, Any]]:
    """Return how much more memory ninety minutes of footage take than nine, and what a kill costs."""
    where, file = SOURCE.split("/", 1)
    source, folder = data(where) / file, Path("runs") / "rendered"
    folder.mkdir(parents=True, exist_ok=True)
    film = minute(folder, source)
    runs = folder / "runs"
    tracked(film, runs)
    stood_for(film, film, 1, runs)
    one = tracked(film, runs)
    task = "Memory of a run over rendered footage, whole pictures"
    rows: list[dict[str, Any]] = [{"task": task, "minutes": 1} | _took(one, one)]
    for times in REPEATS[: 1 if quick else 2]:
        progress(task)(times, REPEATS[-1])
        whole = repeated(film, times, folder / f"{times} minutes.mp4")
        stood_for(film, whole, times, runs)
        took = tracked(whole, runs)
        rows.append({"task": task, "minutes": times} | _took(took, one))
    say = (
        f"{RATE_HZ:g} frames a second watched, CenterNet on whole pictures, each run in a process of its own. "
        "What was watched of one rendered minute stands for each of its repeats, but for the last hundred frames, "
        "which are watched; finding the court, following people and making the game is done for all of it, "
        "but no replay is looked for: each repeat would be one."
    )
    rows.append({"task": task, "say": say})
    with tempfile.TemporaryDirectory() as there:
        rows.append({"task": "A run killed at two fifths, and run again"} | killed(film, Path(there)))
    return rows


def _took(one: dict[str, Any], least: dict[str, Any]) -> dict[str, Any]:
    return {
        "frames watched": one["rows"], "people followed": one["people"], "places for them": one["slots"],
        "MB at most": round(one["peak"] / 1e6), "MB more than a minute": round((one["peak"] - least["peak"]) / 1e6),
    }  # fmt: skip
