"""What is fuzzed: everything that reads what others wrote. A target puts seeds in a folder and reads what is there."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from sportsai.bench._fuzz_seeds import Files, feeds

Run = Callable[[Path], object]


@dataclass(frozen=True)
class Target:
    """One way in. seeds: whole examples, each the files of a folder. run: reads the folder; only our errors may leave.

    quick: inputs in the short run of the tests.
    """

    name: str
    seeds: list[Files]
    runs: list[Run] = field(default_factory=list)
    quick: int = 120


def targets() -> dict[str, Target]:
    """Return every target by name."""
    made = [*_readers(), _sniffing(), *_texts(), *_tomls(), *_tables(), *_kept(), _weights(), _video()]
    return {t.name: t for t in made}


def put(files: Files, folder: Path) -> None:
    """Write a seed's files."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


# ---- readers ---------------------------------------------------------------------------------------------------------


def _readers() -> Iterator[Target]:
    by_name: dict[str, Target] = {}
    for reader, league, files in feeds():
        one = by_name.setdefault(reader, Target(f"reader {reader}", []))
        one.seeds.append(files)
        one.runs.append(reading(reader, league, tuple(files)))
    yield from by_name.values()


def reading(reader: str, league: str, names: tuple[str, ...]) -> Run:
    """Return what reads all games of the files `names`, or of their folder, in a folder it is given."""
    whole = reader not in ("belgium", "skillcorner") and not names[0].startswith("tracab")

    def run(folder: Path) -> object:
        from sportsai.court import load_league
        from sportsai.readers import read_games

        paths = (folder,) if whole else tuple(folder / n for n in names)
        return [kept(game) for game in read_games(paths, load_league(league), reader)]

    return run


def kept(game: Any) -> int:
    """Do to a game what the library does before it is on the disk; return the bytes of its facts."""
    from sportsai.data.quality import quality
    from sportsai.library import form

    if game.tracks is not None:
        form.frames_table(game.tracks, game.id)
        form.positions_table(game.tracks, game.id)
        measured = quality(game)
        assert measured is not None
        form.dump_json(measured.as_dict())
    if game.events is not None:
        form.events_table(game.events, game.id)
    return len(form.dump_json(form.game_to_dict(game)))


def _sniffing() -> Target:
    seeds = [{Path(n).name: c for n, c in list(files.items())[:1]} for _, _, files in feeds()]

    def run(folder: Path) -> object:
        from sportsai.readers import load_reader, reader_names

        paths = [folder, *folder.iterdir()]
        return [load_reader(n).sniff(p) for n in reader_names() for p in paths]

    return Target("which reader", seeds, [run] * len(seeds), quick=60)


# ---- texts -----------------------------------------------------------------------------------------------------------

_QUERIES = (
    "pass then shot within 5s by 'Kimmich' in period 2", "shot and no guard", "turnover in own half count by player "
    "top 5", "(pass or turnover) then pass within 3s by other team order by probability limit 4",
    "pass after 60:00 while leading with probability >= 70%", "pass during turnover label 'x' before 1:00",
    "pass to 'Player a1' in final third then not shot", "pass then pass then pass within 9s count by type",
)  # fmt: skip
_GIVEN = ("pass", "turnover=not pass", "home=pass", "2 12:30-13:00=turnover", "17=pass", "1 0:05 = not turnover")


def _texts() -> Iterator[Target]:
    def ask(folder: Path) -> object:
        from sportsai.queries.ask import ask

        text = (folder / "text").read_bytes().decode("utf-8", "surrogateescape")
        return ask(text, _small())

    def given(folder: Path) -> object:
        from sportsai.analysis.refine import parse

        text = (folder / "text").read_bytes().decode("utf-8", "surrogateescape")
        return parse(text, ["pass", "turnover"], _small().load("1"))

    def sql(folder: Path) -> object:
        from sportsai.library.query import run_sql

        return run_sql(_small(), (folder / "text").read_bytes().decode("utf-8", "surrogateescape"), 50)

    selects = ("select type, count(*) n, avg(score) p from predictions group by type", "select * from tracks limit 3",
               "select name from players where name like '%P%'")  # fmt: skip
    for name, texts, run, quick in (
        ("query language", _QUERIES, ask, 150), ("given labels", _GIVEN, given, 150), ("SQL", selects, sql, 60),
    ):  # fmt: skip
        yield Target(name, [{"text": t.encode()} for t in texts], [run] * len(texts), quick)


@cache
def _small() -> Any:
    """Return a library of one made-up game with a few events, which stays as long as the process."""
    from sportsai.library import Library

    folder = Path(tempfile.mkdtemp(prefix="sportsai-fuzz-library-"))
    put(_library_files(), folder)
    return Library(folder)


@cache
def _library_files() -> Files:
    """Return the files of a library with a log, a run and corrections."""
    from sportsai.bench._faults_library import filled

    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "library"
        filled(folder)
        files = {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
    return {n: c for n, c in files.items() if not n.endswith(".lock")}


# ---- TOML ------------------------------------------------------------------------------------------------------------


@contextmanager
def _leagues(folder: Path) -> Iterator[None]:
    before = os.environ.get("SPORTSAI_LEAGUES")
    os.environ["SPORTSAI_LEAGUES"] = str(folder)
    try:
        yield
    finally:
        os.environ.pop("SPORTSAI_LEAGUES")
        if before is not None:
            os.environ["SPORTSAI_LEAGUES"] = before


def _tomls() -> Iterator[Target]:
    from sportsai.resources import leagues_folders

    folder = leagues_folders()[-1]
    facts = [p.read_bytes() for p in sorted([*folder.glob("*.toml"), *folder.glob("*/league.toml")])]
    recipes = [p.read_bytes() for p in sorted(folder.glob("*/recipes/*.toml"))]

    def league(folder: Path) -> object:
        from sportsai.court import league as module

        with _leagues(folder):
            module._load.cache_clear()
            return module.load_league("made")

    def recipe(folder: Path) -> object:
        from sportsai.learn.recipe import read_recipe

        return read_recipe(folder / "r.toml", "soccer", "r")

    def catalogue(folder: Path) -> object:
        from sportsai.fetch import catalogue

        return catalogue(folder / "c.toml")

    from sportsai import fetch

    sets = Path(fetch.__file__).with_name("catalogue.toml").read_bytes()
    yield Target("league TOML", [{"made/league.toml": f} for f in facts], [league] * len(facts))
    yield Target("recipe TOML", [{"r.toml": r} for r in recipes], [recipe] * len(recipes))
    yield Target("data catalogue TOML", [{"c.toml": sets}], [catalogue], quick=60)


# ---- tables of our own -----------------------------------------------------------------------------------------------


def _tables() -> Iterator[Target]:
    def points(folder: Path) -> object:
        from sportsai.video.place import fitted, read_points

        return [fitted(p) for p in read_points(folder / "p.csv", 100)]

    def clips(folder: Path) -> object:
        from sportsai.clips.table import load_clips

        return load_clips(folder)

    def sheet(folder: Path) -> object:
        from sportsai.library.sheets import read_sheet

        return read_sheet(folder / "said.csv")

    rows = "frame,x_px,y_px,x_m,y_m\n0,1,1,-9,-4\n0,500,2,9,-4\n0,490,300,9,4\n0,3,310,-9,4.5\n"
    yield Target("points of a court", [{"p.csv": rows.encode()}], [points])
    labels = "file,game,label,from_s,to_s\na.mp4,g1,set|pass,0,2\na.mp4,g2,spike,2,4.5\n"
    from sportsai.clips.table import FILE

    yield Target("clips' labels", [{FILE: labels.encode(), "a.mp4": b"x"}], [clips])
    yield Target("corrections CSV", [{"said.csv": _sheet()}], [sheet])


def _sheet() -> bytes:
    from sportsai.library.sheets import write_sheet

    with tempfile.TemporaryDirectory() as made:
        return write_sheet(_small().corrections("1"), Path(made) / "said.csv").read_bytes()


# ---- what the library keeps ------------------------------------------------------------------------------------------


def _kept() -> Iterator[Target]:
    def whole(folder: Path) -> object:
        from sportsai.library import Library
        from sportsai.library.query import run_sql
        from sportsai.queries.ask import ask

        library = Library(folder)
        done: list[object] = []
        problems = []
        for step in (
            lambda: [kept(library.load(i)) for i in library.ids()],
            lambda: [library.quality(i) for i in library.ids()],
            lambda: [library.predictions(i) for i in library.ids()],
            lambda: [library.events(i).events for i in library.ids()],
            lambda: library.tables(),
            lambda: ask("pass", library),
            lambda: run_sql(library, "select count(*) from events, predictions, tracks, frames, players, games", 5),
        ):
            from sportsai.errors import SportsaiError

            try:
                done.append(step())
            except SportsaiError as bad:
                problems.append(bad)
        if problems:
            raise problems[0]
        return done

    def said(folder: Path) -> object:
        from sportsai.library.corrections import read, standing

        return standing(read(folder / "corrections.jsonl"))

    files = _library_files()
    lines = next(c for n, c in files.items() if n.endswith("corrections.jsonl"))
    yield Target("library", [files], [whole], quick=60)
    yield Target("corrections JSON lines", [{"corrections.jsonl": lines}], [said])


# ---- weights and video -----------------------------------------------------------------------------------------------


def _weights() -> Target:
    from sportsai.learn.weights import find_weights

    def run(folder: Path) -> object:
        from sportsai.learn.weights import load_weights

        return load_weights(folder / "weights.safetensors")

    raw = find_weights("basketball", "enders").read_bytes()
    return Target("weights", [{"weights.safetensors": raw}], [run], quick=60)


def _video() -> Target:
    def run(folder: Path) -> object:
        from sportsai.video.decode import frames, look

        (path,) = folder.iterdir()
        return [image.shape for _, image in frames(look(path), list(range(4)))]

    kinds = {"mp4": "mpeg4", "mkv": "mpeg4", "avi": "mjpeg", "mov": "mjpeg", "webm": "libvpx", "ts": "mpeg2video"}
    seeds = [{f"v.{kind}": film(kind, codec)} for kind, codec in kinds.items()]
    return Target("video", seeds, [run] * len(seeds), quick=40)


def film(kind: str, codec: str, frames: int = 6) -> bytes:
    """Return a tiny film of a container and codec."""
    import av
    import numpy as np

    av.logging.set_level(None)
    out = io.BytesIO()
    names = {"mkv": "matroska", "ts": "mpegts"}
    with av.open(out, "w", format=names.get(kind, kind)) as container:
        stream: Any = container.add_stream(codec, rate=25)
        stream.width, stream.height = 64, 48
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for n in range(frames):
            image = np.full((48, 64, 3), 20 * n, np.uint8)
            for packet in stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return out.getvalue()
