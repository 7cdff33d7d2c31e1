"""What the command line says to every kind of bad input: one clear line each, exit code 1, nothing left behind.

A tiny made-up match in SkillCorner's 2020 layout is written, broken in one way at a time, and given to the real command
in a process of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

TITLE = "Bad input: the line each kind prints"
SCRIPT = "<script>alert(1)</script>"


def made_up_match(frames: int = 40) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return (frames, match) of a made-up game in SkillCorner's 2020 layout: 2 x 3 players, a ball, 10 Hz."""
    people = {11: (-40.0, 0.0), 12: (-10.0, 5.0), 13: (0.0, -8.0), 21: (40.0, 0.0), 22: (12.0, 6.0), 23: (3.0, 2.0)}
    rows = []
    for i in range(frames):
        data = [{"x": x + 0.1 * i, "y": y, "trackable_object": k, "track_id": k} for k, (x, y) in people.items()]
        data.append({"x": 0.2 * i, "y": 0.5, "z": 0.1, "trackable_object": 55, "track_id": -1})
        holder = {"trackable_object": 12 if i < frames // 2 else 13, "group": "home team"}
        rows.append({"possession": holder, "frame": i, "data": data, "period": 1, "time": f"0:{i / 10:05.2f}"})
    players = [
        {
            "id": k,
            "trackable_object": k,
            "team_id": 1 if k < 20 else 2,
            "first_name": "P",
            "last_name": str(k),
            "number": k,
            "start_time": "00:00:00",
            "player_role": {"acronym": "GK" if k % 10 == 1 else "CM", "name": "x"},
        }
        for k in people
    ]
    match = {
        "id": 1,
        "home_team": {"id": 1, "name": "Home Town", "short_name": "Home", "acronym": "HOM"},
        "away_team": {"id": 2, "name": "Away City", "short_name": "Away", "acronym": "AWA"},
        "players": players,
        "ball": {"trackable_object": 55},
        "pitch_length": 105,
        "pitch_width": 68,
        "home_team_score": 0,
        "away_team_score": 0,
        "date_time": "2026-01-01T00:00:00Z",
        "referees": [],
    }
    return rows, match


Change = Callable[[list[dict[str, Any]], dict[str, Any]], None]


def _set(path: list[Any], value: Any) -> Change:
    def change(rows: list[dict[str, Any]], match: dict[str, Any]) -> None:
        here: Any = {"rows": rows, "match": match}
        for key in path[:-1]:
            here = here[key]
        here[path[-1]] = value

    return change


def _no_away(rows: list[dict[str, Any]], match: dict[str, Any]) -> None:
    match["players"] = [p for p in match["players"] if p["team_id"] == 1]


CHANGES: dict[str, Change] = {
    "duplicate frames": _set(["rows", 5, "frame"], 4),
    "frames out of order": _set(["rows", 5, "frame"], 2),
    "time running backwards": _set(["rows", 9, "time"], "0:00.10"),
    "time that is no time": _set(["rows", 9, "time"], "half past"),
    "a team without players": _no_away,
    "no players at all": _set(["match", "players"], []),
    "a position that is text": _set(["rows", 3, "data", 0, "x"], "left"),
    "a position missing": _set(["rows", 3, "data", 0, "x"], None),
}


def _write(folder: Path, change: Change | None = None) -> Path:
    rows, match = made_up_match()
    if change:
        change(rows, match)
    (folder / "structured_data.json").write_text(json.dumps(rows))
    (folder / "match_data.json").write_text(json.dumps(match))
    return folder / "structured_data.json"


def cases(folder: Path) -> list[tuple[str, list[str], bool]]:
    """Write every broken input under `folder`; return (case, command line, expected to fail) for each."""

    def place(name: str) -> Path:
        (folder / name).mkdir()
        return folder / name

    from sportsai.learn.weights import find_weights

    lib = str(folder / "library")
    made: list[tuple[str, list[str], bool]] = []

    def ingest(
        case: str, path: Path, *more: str, league: str = "soccer", library: str = lib, fails: bool = True
    ) -> None:
        made.append((case, ["ingest", str(path), "--league", league, "--library", library, *more], fails))

    good = _write(place("good"))
    ingest("(a good file, for comparison)", good, fails=False)
    ingest("missing file", folder / "good" / "structured_dta.json")
    empty = place("empty") / "structured_data.json"
    empty.touch()
    ingest("empty file", empty)
    cut = _write(place("cut"))
    cut.write_bytes(cut.read_bytes()[:-700])
    ingest("truncated JSON", cut)
    cut_match = _write(place("cut-match"))
    whole = (cut_match.parent / "match_data.json").read_bytes()
    (cut_match.parent / "match_data.json").write_bytes(whole[:-100])
    ingest("truncated line-ups", cut_match)
    ingest("wrong provider", good, "--provider", "tracab")
    ingest("provider that does not exist", good, "--provider", "skillcornr")
    wrong = _write(place("encoding"))
    wrong.write_bytes(wrong.read_text().encode("utf-16"))
    ingest("wrong encoding", wrong, "--provider", "skillcorner")
    names = _write(place("latin-1"), _set(["match", "home_team", "name"], "Bayern München"))
    match = names.parent / "match_data.json"
    match.write_bytes(json.dumps(json.loads(match.read_text()), ensure_ascii=False).encode("latin-1"))
    ingest("line-ups in Latin-1", names)
    for case, token in (("NaN positions", "NaN"), ("infinite positions", "Infinity"), ("huge number", "1e999")):
        path = _write(place(case.replace(" ", "-")))
        path.write_text(path.read_text().replace('"x": -40.0,', f'"x": {token},', 1))
        ingest(case, path)
    for case, change in CHANGES.items():
        ingest(case, _write(place(case.replace(" ", "-")), change), fails=case != "a position missing")
    lonely = _write(place("lonely"))
    (lonely.parent / "match_data.json").unlink()
    ingest("line-ups missing", lonely)
    ingest("unknown league", good, league="bundesligga")
    ingest("league of another sport", good, "--provider", "skillcorner", league="nba")
    (folder / "a-file").write_text("not a library")
    ingest("library folder is a file", good, library=str(folder / "a-file"))
    (folder / "others").mkdir()
    (folder / "others" / "thesis.txt").write_text("mine")
    ingest("library folder holds other things", good, library=str(folder / "others"))
    ingest(f"a player named {SCRIPT}", _write(place("script"), _script_names), fails=False)
    rate = place("rate")
    (rate / "t.csv").write_text("frame,period,time,team,player,x,y\n0,1,0.0,home,1,0,0\n1,1,0.1,away,2,1,1\n")
    (rate / "t.toml").write_text(
        'rate_hz = 0\nlayout = "long"\n[columns]\nframe = "frame"\nperiod = "period"\ntime = "time"\n'
        'team = "team"\nplayer = "player"\nx = "x"\ny = "y"\n'
    )
    ingest("a frame rate of 0", rate / "t.csv", str(rate / "t.toml"))
    for case, words in (
        ("game that is not there", ["quality", "11"]),
        ("report of a game that is not there", ["report", "17"]),
        ("query for an event that does not exist", ["query", "pas"]),
        ("SQL that reads the disk", ["query", "--sql", "select * from read_text('/etc/passwd')"]),
        ("recipe that does not exist", ["train", "soccer", "shared_compar"]),
    ):
        made.append((case, [*words, "--library", lib] if words[0] != "train" else words, True))
    made += _training(folder, place, good, find_weights("soccer", "shared_compare"))
    made += _labels(folder)
    made.append(("no library", ["games", "--library", str(folder / "nowhere")], True))
    made.append(("command that does not exist", ["analize"], True))
    return made


def _training(
    folder: Path, place: Callable[[str], Path], good: Path, weights: Path
) -> list[tuple[str, list[str], bool]]:
    """Write recipes and games nothing honest can be trained from; return their cases."""
    recipes = folder / "leagues" / "soccer" / "recipes"
    recipes.mkdir(parents=True)
    recipe = (
        'title = "t"\nmodel = "boosted"\n[data]\ntask = "handovers"\ngames = ["1"]\nbackground = ""\n'
        '[split]\nby = "period"\n[train]\nepochs = 1\n'
    )
    (recipes / "misspelt.toml").write_text(recipe.replace("epochs", "epoch"))
    (recipes / "other_task.toml").write_text(recipe.replace('"handovers"', '"handover"'))
    (recipes / "task_key.toml").write_text(recipe.replace("background", "backgroud"))
    (recipes / "small.toml").write_text(recipe)
    short = _write(place("short"), _short)
    one = place("one-game") / "passes.csv"
    columns = [f"{a}_{i}" for a in "xy" for i in range(1, 29)]
    where = [
        str(c) for a in (0, 1) for i in range(28) for c in [(i % 14 - 7) * 600 * (1 if i < 14 else -1) + a * i * 90]
    ]
    passes = [f"{t * 1000},{t * 1000 + 800},{1 + t % 10},{2 + t % 10}," + ",".join(where) for t in range(1, 30)]
    one.write_text("time_start,time_end,sender_id,receiver_id," + ",".join(columns) + "\n" + "\n".join(passes) + "\n")
    return [
        ("recipe with a key that does not exist", ["train", "soccer", "misspelt"], True),
        ("recipe whose task has no such key", ["train", "soccer", "task_key"], True),
        ("recipe of a task that does not exist", ["train", "soccer", "other_task"], True),
        ("a class without examples", ["train", "soccer", "small", "--data", str(good.parent), "--quick"], True),
        ("windows past the game's end", ["train", "soccer", "small", "--data", str(short.parent), "--quick"], True),
        ("one game only: no honest choice", ["train", "soccer", "receivers", "--data", str(one.parent)], True),
        ("nothing the task reads", ["evaluate", "hockey", "plays", "--data", str(good.parent)], True),
        ("weights of another recipe", ["evaluate", "soccer", "small", "--data", str(good.parent), "--weights",
                                       str(weights)], True),
        ("a model that does not exist", ["evaluate", "hockey", "plays", "--models", "bosted"], True),
    ]  # fmt: skip


def _labels(folder: Path) -> list[tuple[str, list[str], bool]]:
    """Write leagues whose labels cannot be; return their cases."""
    bad = {
        "circle": '[labels.implies]\ncross = ["pass"]\npass = ["cross"]\n',
        "torn": '[labels.implies]\nclearance = ["pass"]\n',
        "stranger": '[labels]\nexcludes = [["pass", "shoot"]]\n',
    }
    for name, labels in bad.items():
        (folder / "leagues" / name).mkdir(parents=True)
        text = f'full_name = "{name}"\nsport = "soccer"\n{labels}'
        (folder / "leagues" / name / "league.toml").write_text(text)
    return [
        ("labels that imply each other in a circle", ["leagues", "circle"], True),
        ("a label that implies what it excludes", ["leagues", "torn"], True),
        ("a label nobody knows", ["leagues", "stranger"], True),
        ("labels given for a game that is not there", ["refine", "17", "--given", "pass", "--library",
                                                       str(folder / "library")], True),
    ]  # fmt: skip


def _short(rows: list[dict[str, Any]], match: dict[str, Any]) -> None:
    rows[:] = rows[14:26]  # a pass in the middle of 1.2 s


def _script_names(rows: list[dict[str, Any]], match: dict[str, Any]) -> None:
    match["id"] = 2
    match["players"][0]["last_name"] = SCRIPT
    match["home_team"]["name"] = SCRIPT


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Run every case; a row says what was given, the line printed, the exit code, and whether that is as promised."""
    folder = Path(tempfile.mkdtemp(prefix="sportsai-bad-input-"))
    root = f"{Path(__file__).parents[2]}/"
    rows = []
    try:
        for case, words, fails in cases(folder):
            done = subprocess.run(
                [sys.executable, "-m", "sportsai", *words],
                capture_output=True,
                text=True,
                cwd=folder,
                env={**os.environ, "COLUMNS": "200", "SPORTSAI_LEAGUES": str(folder / "leagues")},
                timeout=120,
            )
            lines = [line for line in done.stderr.splitlines() if line.strip()]
            said = lines[-1] if lines else done.stdout.strip().splitlines()[0].strip() if done.stdout.strip() else ""
            one_clear_line = len(lines) == 1 and lines[0].startswith("sportsai: ") and done.returncode == 1
            clean = not list(folder.rglob("*.tmp")) and not list((folder / "library").rglob(".v-*"))
            rows.append(
                {
                    "case": case,
                    "command": words[0],
                    "exit": done.returncode,
                    "line": said.replace(str(folder) + "/", "").replace(root, "") if fails else "(accepted)",
                    "ok": clean and (one_clear_line if fails else done.returncode == 0),
                }
            )
        rows.append(_full_disk(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [r for r in rows if r]


def _full_disk(folder: Path) -> dict[str, Any]:
    """Ingest onto a real full disk of 40 kB where the machine allows one to be mounted."""
    disk = folder / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40k", "tmpfs", disk], capture_output=True).returncode:
        return {}
    try:
        source = str(folder / "good" / "structured_data.json")
        words = ["ingest", source, "--league", "soccer", "--library", str(disk / "library")]
        (disk / "filler").write_bytes(b"0" * 24_000)
        done = subprocess.run([sys.executable, "-m", "sportsai", *words], capture_output=True, text=True, timeout=60)
        left = list(disk.rglob("*.parquet"))
        line = done.stderr.strip().replace(str(folder) + "/", "")
        ok = done.returncode == 1 and "the disk is full" in line and "\n" not in line and not left
        return {"case": "full disk", "command": "ingest", "exit": done.returncode, "line": line, "ok": ok}
    finally:
        subprocess.run(["umount", disk], check=False)
