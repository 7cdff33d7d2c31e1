"""All plays of an answer in one film: of the footage where a game was made from footage, else of the drawn court."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from sportsai.cli._answers import said_of
from sportsai.cli._options import progress

BEFORE_S, AFTER_S = 1.0, 2.0  # shown before and after what was found
GIF_HZ = 8.0
MOST_S = 600.0  # of one film; a longer one is refused


def write_film(asked: Any, library: Any, which: Any, path: Path, video: Path | None = None) -> tuple[int, list[str]]:
    """Write the matches one after another as one film, all or nothing; return how many, and what could not be shown.

    Raises DataError where none can be shown, or the film would be longer than MOST_S.
    """
    from sportsai.cli._answers import clips
    from sportsai.errors import DataError

    missed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        parts = list(_parts(clips(asked, which), library, Path(folder), video, missed))
        if not parts:
            why = missed[0] if missed else "no frames"
            raise DataError(f"none of the {len(which)} plays can be filmed ({why})", path=path,
                            todo="Write .csv instead: it holds their times.")  # fmt: skip
        _join(parts, path)
    return len(parts), missed


def _parts(clips: list[Any], library: Any, folder: Path, video: Path | None, missed: list[str]) -> Iterator[Path]:
    """Write each play as a film of its own, and yield its path; games are read one at a time."""
    from sportsai.errors import DataError

    loaded, footage, seconds = None, None, 0.0
    with progress("Filming") as advance:
        for n, clip in enumerate(clips):
            advance(n, len(clips))
            if loaded is None or loaded.id != clip["game"]:
                loaded, footage = library.load(clip["game"]), None
                if loaded.view is not None:
                    from sportsai.video.evidence import footage_of

                    footage = footage_of(loaded, video)
            try:
                yield _one(loaded, footage, clip, folder / f"{n}")
            except DataError as why:
                missed.append(f"not filmed: {said_of(clip)} of game {clip['game']}: {why}")
                continue
            rate = float(loaded.tracks.rate_hz) if loaded.tracks is not None else 1.0
            seconds += (clip["end_frame"] - clip["start_frame"]) / rate + BEFORE_S + AFTER_S
            if seconds > MOST_S:
                raise DataError(f"a film longer than {MOST_S:g} s", expected="fewer plays", todo="Say --limit N.")


def _one(game: Any, footage: Any, clip: Any, path: Path) -> Path:
    from sportsai.errors import DataError

    if game.tracks is None or clip["end_frame"] <= clip["start_frame"] or clip["start_frame"] < 0:
        raise DataError("it has no frames", expected="a game with tracking or footage")
    rate = float(game.tracks.rate_hz)
    first, end = clip["start_frame"] - round(BEFORE_S * rate), clip["end_frame"] + round(AFTER_S * rate)
    said = said_of(clip)
    if footage is not None:
        from sportsai.video.evidence import evidence

        key = {e["player_id"] for e in clip["events"] if e["player_id"]}
        return evidence(game, first, end, path.with_suffix(".mp4"), said, key=key, footage=footage)
    from sportsai.report.film import film

    return film(game, first, end, path.with_suffix(".gif"), f"{game.title}, {said}")


def _frames(path: Path, rate_hz: float) -> Iterator[Any]:
    """Yield the pictures of a film, RGB, as often a second as asked for."""
    if path.suffix == ".gif":
        from PIL import Image, ImageSequence

        with Image.open(path) as film:
            shown = 0
            for n, picture in enumerate(ImageSequence.Iterator(film)):
                while shown < (n + 1) * rate_hz / GIF_HZ:
                    shown += 1
                    yield picture.convert("RGB")
        return
    import av

    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        of = float(stream.average_rate or Fraction(25))
        shown = 0
        for n, frame in enumerate(film.decode(stream)):
            while shown < (n + 1) * rate_hz / of:
                shown += 1
                yield frame.to_image()


def _size(path: Path) -> tuple[int, int]:
    return next(_frames(path, GIF_HZ)).size


def _join(parts: list[Path], path: Path) -> None:
    """Put films one after another into one; smaller ones stand in the middle of the largest size."""
    sizes = [_size(p) for p in parts]
    wide, high = (max(s[k] for s in sizes) + max(s[k] for s in sizes) % 2 for k in (0, 1))
    rate = GIF_HZ if path.suffix.lower() == ".gif" or all(p.suffix == ".gif" for p in parts) else 25.0
    pictures = (_placed(f, wide, high) for p in parts for f in _frames(p, rate))
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix.lower() == ".gif":
        _write_gif(pictures, path)
        return
    import numpy as np

    from sportsai.video.film import Writer

    with Writer(path, (wide, high), Fraction(rate).limit_denominator(1001)) as writer:
        for picture in pictures:
            writer.write(np.asarray(picture))


def _placed(picture: Any, wide: int, high: int) -> Any:
    if picture.size == (wide, high):
        return picture
    from PIL import Image

    ground = Image.new("RGB", (wide, high), "#ffffff")
    ground.paste(picture, ((wide - picture.width) // 2, (high - picture.height) // 2))
    return ground


def _write_gif(pictures: Iterator[Any], path: Path) -> None:
    import io

    from sportsai.library.atomic import store_errors, write_bytes

    out, first = io.BytesIO(), next(pictures)
    rest = (p.quantize(64) for p in pictures)
    first.quantize(64).save(out, format="GIF", save_all=True, append_images=rest, duration=round(1000 / GIF_HZ), loop=0)
    with store_errors(path, "writing the film", "-o"):
        write_bytes(path, out.getvalue())
