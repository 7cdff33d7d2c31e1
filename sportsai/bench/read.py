"""How much CPU and memory does reading a whole match take, beside kloppy on the same file?

Every number is of a fresh process: the CPU of reading the game and letting it go again (user and system, all threads,
imports apart), and the peak memory of the process with its imports; the note has the CPU of both whole processes;
the least of three runs, of two for kloppy. The
SkillCorner match is real (Bayern - Dortmund, 2417, in kloppy's wheel). A full Metrica CSV pair and a full TRACAB .dat
do not travel with the code, so both are written here, synthetic, exactly in the provider's layout and at full length.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.bench._process import environment

TITLE = "reading a whole match: SkillCorner, Metrica CSV and TRACAB .dat, beside kloppy"
RATIO, CPU_S, PEAK_MB = 10.0, 5.0, 500.0
METRICA_FRAMES, TRACAB_FRAMES = 145_006, 143_721

_OURS = """
import sys, time
from pathlib import Path
import lxml.etree, polars, pyarrow.compute, pyarrow.json
from sportsai.court import load_league
from sportsai.readers import load_reader, read_games
league, name = load_league("soccer"), sys.argv[1]
load_reader(name)
start = time.process_time()
games = list(read_games(tuple(Path(p) for p in sys.argv[2:]), league, name))
frames = games[0].tracks.T
del games
print(time.process_time() - start, frames, end=" ")
"""
_PEER = """
import gc, sys, time, warnings
warnings.simplefilter("ignore")
from kloppy import metrica, skillcorner, tracab
name, first, second = sys.argv[1:]
start = time.process_time()
if name == "skillcorner":
    read = skillcorner.load(meta_data=second, raw_data=first, coordinates="skillcorner", include_empty_frames=True)
elif name == "metrica":
    read = metrica.load_tracking_csv(home_data=first, away_data=second, coordinates="metrica")
else:
    read = tracab.load(meta_data=second, raw_data=first, coordinates="tracab")
frames = len(read.records)
del read
gc.collect()
print(time.process_time() - start, frames, end=" ")
"""
# getrusage counts a parent's size as its child's peak; the kernel's own line starts anew with the program
_PEAK = """
status = __import__("pathlib").Path("/proc/self/status")
print(status.read_text().split("VmHWM:")[1].split()[0] if status.exists() else 0)
"""


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Read each file with sportsai and with kloppy; return one row a case.

    quick: a sixth of the length for the synthetic files, so that the whole takes under a minute.
    """
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        real = match_2417()
        if real is not None:
            rows.append(_row("SkillCorner 2417, 54 MB JSON, real", "skillcorner", real, 1.0, ""))
        share = 6 if quick else 1
        frames = METRICA_FRAMES // share
        files = write_metrica(here, frames)
        rows.append(_row(f"Metrica CSV pair, {frames:,} frames, synthetic", "metrica", files, 1.0, ""))
        frames = TRACAB_FRAMES // share
        first = frames // (10 if quick else 12)
        positions, metadata = write_tracab(here, frames)
        cut = here / "first.dat"
        with positions.open("rb") as whole, cut.open("wb") as some:
            some.writelines(whole.readline() for _ in range(first))
        note = f"kloppy timed on the first {first:,} frames, its loading scaled by {frames / first:.1f}"
        case = f"TRACAB .dat, {frames:,} frames of 29 objects, synthetic"
        rows.append(_row(case, "tracab", (positions, metadata), frames / first, note, (cut, metadata)))
    return rows


def match_2417() -> tuple[Path, Path] | None:
    """Return the positions and match file of SkillCorner 2417 in the installed kloppy, None when they are not there."""
    spec = find_spec("kloppy")
    folder = Path(spec.origin).parent / "tests" / "files" if spec and spec.origin else None
    if folder is None or not (folder / "skillcorner_structured_data.json").is_file():
        return None
    return folder / "skillcorner_structured_data.json", folder / "skillcorner_match_data.json"


def _row(
    case: str, name: str, files: tuple[Path, ...], scale: float, note: str, peer_files: tuple[Path, ...] | None = None
) -> dict[str, Any]:
    cpu_s, whole_s, peak_mb = min(_measure(_OURS, name, files) for _ in range(3))
    peer_s, peer_whole_s, _ = min(_measure(_PEER, name, peer_files or files) for _ in range(2))
    peer_whole_s += peer_s * (scale - 1)
    peer_s *= scale
    ratio = peer_s / cpu_s
    process = f"whole processes with their imports: {whole_s:.2f} and {peer_whole_s:.1f} CPU-s"
    return {
        "case": case,
        "ours_cpu_s": round(cpu_s, 2),
        "peer": "kloppy 3.19.1",
        "peer_cpu_s": round(peer_s, 1),
        "ratio": round(ratio, 1),
        "ours_peak_mb": round(peak_mb),
        "target": f">= {RATIO:g}x less CPU, <= {CPU_S:g} CPU-s, <= {PEAK_MB:g} MB",
        "ok": ratio >= RATIO and whole_s <= CPU_S and peak_mb <= PEAK_MB,
        "note": "; ".join(filter(None, [note, process])),
    }


def _measure(code: str, name: str, files: tuple[Path, ...]) -> tuple[float, float, float]:
    """Run Python code in a fresh process; return the CPU-seconds of reading, of the whole process, and its peak MB."""
    env = environment(POLARS_MAX_THREADS="2")
    command = [sys.executable, "-c", code + _PEAK, name, *map(str, files)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=env, text=True) as child:
        said = child.stdout.read() if child.stdout else ""
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"the measured process for {name} failed")
    reading_s, _, peak_kb = said.split()
    return float(reading_s), used.ru_utime + used.ru_stime, (int(peak_kb) or used.ru_maxrss) / 1024


def _walks(generator: np.random.Generator, frames: int, people: int) -> NDArray[np.float32]:
    """Smooth walks of `people` inside the pitch: (frames, people, 2) float32, shares in 0.02..0.98."""
    time = np.arange(frames, dtype=np.float32)[:, None, None] / 25
    slow, fast = generator.uniform(60, 240, (1, people, 2)), generator.uniform(8, 20, (1, people, 2))
    phase = generator.uniform(0, 2 * np.pi, (2, people, 2))
    middle = generator.uniform(0.3, 0.7, (1, people, 2))
    walk = middle + 0.2 * np.sin(2 * np.pi * time / slow + phase[0]) + 0.05 * np.sin(2 * np.pi * time / fast + phase[1])
    return walk.astype(np.float32)


def write_metrica(folder: Path, frames: int) -> tuple[Path, Path]:
    """Write a synthetic Metrica pair, 11 players and 3 on the bench (NaN) a side; return the home and away file."""
    import polars as pl

    generator = np.random.default_rng(2417)
    ball = _walks(generator, frames, 1)
    number = np.arange(1, frames + 1)
    files = []
    for team, first in (("Home", 1), ("Away", 15)):
        xy = np.concatenate([_walks(generator, frames, 11), np.full((frames, 3, 2), np.nan, np.float32), ball], 1)
        columns: dict[str, Any] = {"period": 1 + (number > frames // 2), "frame": number}
        columns["time"] = np.round(number * 0.04, 2)
        table = pl.DataFrame(columns | {f"c{i}": xy.reshape(frames, -1)[:, i] for i in range(30)})
        table = table.with_columns(pl.col(f"c{i}").round(5).cast(pl.String).alias(f"c{i}") for i in range(30))
        shirts = range(first, first + 14)
        path = folder / f"Sample_Game_9_RawTrackingData_{team}_Team.csv"
        with path.open("w") as out:
            out.write(",,," + ",,".join([team] * 14) + ",,,\n")
            out.write(",,," + ",,".join(map(str, shirts)) + ",,,\n")
            out.write("Period,Frame,Time [s]," + ",,".join(f"Player{n}" for n in shirts) + ",,Ball,\n")
            out.write(table.write_csv(include_header=False))
        files.append(path)
    return files[0], files[1]


def write_tracab(folder: Path, frames: int) -> tuple[Path, Path]:
    """Write a synthetic TRACAB .dat, 22 players, 3 referees and 4 empty places a line; return it and its metadata."""
    import polars as pl

    generator = np.random.default_rng(29)
    start = 1_848_508
    half = frames // 2
    number = np.arange(frames) + start + np.where(np.arange(frames) < half, 0, 25_000)
    path, metadata = folder / "synthetic_raw.dat", folder / "synthetic_meta.xml"
    people = [(1, n) for n in range(1, 12)] + [(0, n) for n in range(1, 12)] + [(3, n) for n in range(3)]
    cm = ((_walks(generator, frames, 26) - 0.5) * np.array([10500, 6800], np.float32)).astype(np.int32)
    speed = np.round(generator.uniform(0, 8, frames), 2)
    with path.open("w") as out:
        for a in range(0, frames, 20_000):
            rows = slice(a, a + 20_000)
            parts: list[Any] = [pl.Series(number[rows]).cast(pl.String), pl.lit(":")]
            pace = pl.Series(speed[rows]).cast(pl.String)
            for i, (team, shirt) in enumerate(people):
                parts += [pl.lit(f"{team},{i + 1},{shirt},"), pl.Series(cm[rows, i, 0]).cast(pl.String), pl.lit(",")]
                parts += [pl.Series(cm[rows, i, 1]).cast(pl.String), pl.lit(","), pace, pl.lit(";")]
            parts.append(pl.lit("".join(f"4,{i},-1,5550,4400,0.00;" for i in range(26, 30)) + ":"))
            parts += [
                pl.Series(cm[rows, 25, 0]).cast(pl.String),
                pl.lit(","),
                pl.Series(cm[rows, 25, 1]).cast(pl.String),
            ]
            parts.append(pl.lit(",11,0.4,H,Alive;:"))
            lines = pl.select(pl.concat_str(parts))
            out.write("\n".join(lines.to_series().to_list()) + "\n")
    players = "".join(
        f"<Player><PlayerId>{{t}}{n}</PlayerId><FirstName>Player</FirstName><LastName>No. {n}</LastName>"
        f"<JerseyNo>{n}</JerseyNo><StartFrameCount>{start}</StartFrameCount></Player>"
        for n in range(1, 12)
    )
    teams = "".join(
        f"<{t}Team><LongName>{t}</LongName><ShortName>{t}</ShortName><TeamId>{i}</TeamId><Players>"
        f"{players.replace('{t}', t)}</Players></{t}Team>"
        for i, t in enumerate(("Home", "Away"))
    )
    metadata.write_text(
        '<TracabMetaData sVersion="1.0"><match iId="9" dtDate="2024-01-01 20:00:00" iFrameRateFps="25" '
        'fPitchXSizeMeters="105.00" fPitchYSizeMeters="68.00">'
        f'<period iId="1" iStartFrame="{number[0]}" iEndFrame="{number[half - 1]}"/>'
        f'<period iId="2" iStartFrame="{number[half]}" iEndFrame="{number[-1]}"/></match>{teams}</TracabMetaData>'
    )
    return path, metadata
