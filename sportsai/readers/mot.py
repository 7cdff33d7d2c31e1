"""MOTChallenge text, what any video tracker writes; and SportsMOT's ground truth as one table.

Source: motchallenge.net/instructions (format): a line a box, "frame, id, left, top, width, height, confidence, x, y,
z", frames from 1, pixels from the image's top left corner, commas. Beside it `seqinfo.ini` (frameRate, imWidth,
imHeight, name) here or one folder up, and where the camera's place is known a homography, `homography.json` or
`homography.txt` (3 x 3, pixels to court metres from the centre). With one, the middle of each box's lower edge
becomes a person's place on the court; without, nothing can: the Game then has no tracks and says how many boxes
stayed in pixels. `boxes` gives them as a table.
"""

from __future__ import annotations

import configparser
import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.court import League
from sportsai.data import NO_SIDE, Game, Period, Slot, Team, Tracks, empty_tracks, game_id
from sportsai.errors import DataError, one_line
from sportsai.readers import _frames, _tables, source

TITLE = "MOTChallenge text of any tracker, and SportsMOT (motchallenge.net, github.com/MCG-NJU/SportsMOT)"
SPORTS = frozenset({"soccer", "basketball", "hockey", "volleyball", "american_football"})
TERMS_SPORTSMOT = "SportsMOT (Cui et al., ICCV 2023), CC BY-NC 4.0: not to be shipped"
SPORTSMOT, SEQUENCES = "sportsmot_tracks.parquet", "sportsmot_sequences.parquet"
PIXELS = "boxes left in pixels (no homography)"
COLUMNS = ("frame", "track", "x", "y", "w", "h", "conf")


def sniff(path: Path) -> bool:
    """Whether `path` is MOT text, a sequence's folder, or SportsMOT's table."""
    if path.is_dir():
        return (path / SPORTSMOT).is_file() or (path / "gt" / "gt.txt").is_file()
    if path.suffix == ".parquet":
        return {"seq", "frame", "track", "w"} <= _tables.parquet_columns(path)
    words = source.head(path).split(b"\n", 1)[0].split(b",")
    return path.suffix == ".txt" and len(words) >= 6 and all(_is_number(w) for w in words[:6])


def boxes(path: Path) -> pd.DataFrame:
    """Return a MOT file's boxes: frame (from 1), track, x, y, w, h in pixels, conf; sorted by frame and track.

    Lines of confidence 0 (marked "ignore") are kept; boxes without an area are an error.
    """
    text = source.read_text(path)
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise DataError("there are no boxes in it", path=path, expected="frame,id,left,top,width,height,...")
    wide = lines[0].count(",") + 1
    if wide < 6:
        raise DataError(
            f'"{one_line(lines[0], 60)}" is not MOTChallenge text',
            path=path,
            line=1,
            expected="frame,id,left,top,width,height,confidence,...",
        )
    try:
        table = pd.read_csv(io.StringIO("\n".join(lines)), header=None, usecols=range(min(wide, 7)), dtype=float)
    except (ValueError, pd.errors.ParserError):
        bad = next((n for n, line in enumerate(lines, 1) if not _is_box(line, wide)), 1)
        raise DataError(
            f'"{one_line(lines[bad - 1], 60)}" is not a box',
            path=path,
            line=bad,
            expected=f"{wide} numbers with commas between",
        ) from None
    table.columns = pd.Index(COLUMNS[: table.shape[1]])
    if "conf" not in table:
        table["conf"] = 1.0
    return _checked(table, path)


def _checked(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    values = table[list(COLUMNS)].to_numpy(np.float64)
    for what, bad in (
        ("a value that is no finite number", ~np.isfinite(values).all(1)),
        ("no area", (values[:, 4] <= 0) | (values[:, 5] <= 0)),
        ("a frame below 0", values[:, 0] < 0),
    ):
        if bad.any():
            row = int(np.argmax(bad))
            raise DataError(f"a box has {what}", path=path, line=row + 1, expected="frame,id,left,top,width,height")
    again = table.duplicated(["frame", "track"])
    if again.any():
        row = int(np.argmax(again))
        raise DataError(
            f"track {values[row, 1]:g} has two boxes in frame {values[row, 0]:g}",
            path=path,
            line=row + 1,
            expected="one box a track and frame",
            todo="Remove the repeated lines.",
        )
    table = table.astype({"frame": np.int64, "track": np.int64})
    return table.sort_values(["frame", "track"], kind="stable").reset_index(drop=True)


def sportsmot(path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return SportsMOT's boxes (seq, frame, track, x, y, w, h) and its sequences (seq, fps, w, h, seqlen)."""
    path = path / SPORTSMOT if path.is_dir() else path
    table = _tables.read_parquet(path, ("seq", "frame", "track", "x", "y", "w", "h"))
    return table, _tables.read_parquet(path.with_name(SEQUENCES), ("seq", "fps", "w", "h", "seqlen"))


def homography(path: Path) -> NDArray[np.float64] | None:
    """Return the homography beside a MOT file (pixels to court metres), (3, 3), None when there is none."""
    for folder in (path.parent, path.parent.parent):
        for name in ("homography.json", "homography.txt"):
            file = folder / name
            if file.is_file():
                return _matrix(file)
    return None


def to_court(H: NDArray[np.float64], xy_px: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where image points lie on the court, metres; (3, 3), (..., 2) -> (..., 2). NaN beyond the horizon."""
    x, y, w = np.moveaxis(np.concatenate([xy_px, np.ones_like(xy_px[..., :1])], -1) @ H.T, -1, 0)
    # the sign of w below the horizon is that of the image's lower edge; points on the other side are in the sky
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((np.abs(w) > 1e-9)[..., None], np.stack([x / w, y / w], -1), np.nan)


def read(paths: tuple[Path, ...], league: League) -> Iterator[Game]:
    """Yield a clip for each sequence: MOT files, a sequence's folder (`gt/gt.txt`), or SportsMOT's table."""
    for path in paths:
        if path.suffix == ".parquet" or (path / SPORTSMOT).is_file():
            yield from _sportsmot(path, league)
            continue
        file = path / "gt" / "gt.txt" if path.is_dir() else path
        table = boxes(file)
        H = homography(file)
        info, rate = _seqinfo(file, needed=H is not None)
        name = info.get("name") or (file.parent.parent.name if file.parent.name in ("gt", "det") else file.stem)
        repairs = {} if H is not None else {PIXELS: len(table)}
        tracks = None if H is None or rate is None else _tracks(table, H, rate, league, repairs)
        yield _game(name, tracks, table, league, rate, info, repairs, source.fingerprints(file), None)


def _sportsmot(path: Path, league: League) -> Iterator[Game]:
    table, sequences = sportsmot(path)
    file = path / SPORTSMOT if path.is_dir() else path
    marks = source.fingerprints(file, file.with_name(SEQUENCES))
    facts = {str(s["seq"]): s for s in sequences.to_dict("records")}
    for seq, rows in table.groupby("seq", observed=True, sort=True):
        name = str(seq)
        if name not in facts:
            raise DataError(f'sequence "{one_line(name, 60)}" is not listed', path=file.with_name(SEQUENCES), key="seq")
        rate = _rate(facts[name]["fps"], file.with_name(SEQUENCES))
        info = {"imWidth": str(facts[name]["w"]), "imHeight": str(facts[name]["h"])}
        mine = _checked(rows.assign(conf=1.0), file)
        yield _game(name, None, mine, league, rate, info, {PIXELS: len(mine)}, marks, TERMS_SPORTSMOT)


def _game(
    name: str,
    tracks: Tracks | None,
    table: pd.DataFrame,
    league: League,
    rate: Fraction | None,
    info: dict[str, str],
    repairs: dict[str, int],
    marks: dict[str, str],
    terms: str | None,
) -> Game:
    size = [n for k in ("imWidth", "imHeight") if (n := _frames.whole(info.get(k))) is not None]
    period = () if tracks is None else (Period(1, int(tracks.frame[0]), int(tracks.frame[-1]) + 1, None),)
    return Game(
        id=game_id(name),
        league=league.name,
        teams=(Team("one", "One team"), Team("other", "The other team")),
        roster=(),
        court_length_m=league.court.length_m,
        court_width_m=league.court.width_m,
        periods=period,
        tracks=tracks,
        provider="mot",
        source=marks,
        terms=terms,
        repairs={k: n for k, n in repairs.items() if n},
        kind="clip",
        extra={
            "of_game": game_id(name.rsplit("_c", 1)[0]),
            "court": "unknown: boxes are pixels" if tracks is None else "from the homography beside the file",
            "boxes": len(table),
            "people": int(table["track"].nunique()),
            "rate_hz": None if rate is None else float(rate),
            **({"image_px": size} if len(size) == 2 else {}),
        },
    )


def _tracks(
    table: pd.DataFrame, H: NDArray[np.float64], rate: Fraction, league: League, repairs: dict[str, int]
) -> Tracks:
    foot = np.stack([table["x"] + table["w"] / 2, table["y"] + table["h"]], 1).astype(np.float64)
    place = to_court(H, foot)
    number, row = np.unique(table["frame"].to_numpy(), return_inverse=True)
    ids, column = np.unique(table["track"].to_numpy(), return_inverse=True)
    limit = np.array([league.court.length_m, league.court.width_m])
    good = np.isfinite(place).all(1) & (np.abs(np.nan_to_num(place, nan=np.inf)) <= limit).all(1)
    repairs["boxes whose foot is beyond twice the court set aside"] = int((~good).sum())
    arrays = empty_tracks(len(number), tuple(Slot(f"track-{i}", NO_SIDE) for i in ids), rate)
    arrays["frame"] = number.astype(np.int32)
    arrays["period"][:] = 1
    arrays["t_s"] = (number - number[0]) / float(rate)
    arrays["xy"][row[good], column[good]] = place[good]
    arrays["present"][row[good], column[good]] = True
    return Tracks(**arrays)


def _seqinfo(file: Path, needed: bool) -> tuple[dict[str, str], Fraction | None]:
    path = next((p for p in (file.with_name("seqinfo.ini"), file.parent.parent / "seqinfo.ini") if p.is_file()), None)
    if path is None:
        if needed:
            raise DataError("the frame rate is not known", path=file, expected="seqinfo.ini with frameRate beside it")
        return {}, None
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    try:
        parser.read_string(source.read_text(path))
        info = dict(parser["Sequence"])
    except (configparser.Error, KeyError) as bad:
        raise DataError(f"this is not a seqinfo.ini ({one_line(bad, 80)})", path=path, expected="[Sequence]") from None
    return info, _rate(info.get("frameRate", ""), path)


def _rate(value: object, path: Path) -> Fraction:
    try:
        rate = Fraction(str(value)).limit_denominator(1001)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if rate <= 0:
        raise DataError(f'the frame rate is "{one_line(value, 20)}"', path=path, key="frameRate", expected="above 0 Hz")
    return rate


def _matrix(path: Path) -> NDArray[np.float64]:
    if path.suffix == ".json":
        value = source.read_json(path)
        value = value.get("homography") if isinstance(value, dict) else value
    else:
        value = [line.replace(",", " ").split() for line in source.read_text(path).splitlines() if line.strip()]
    try:
        H = np.array(value, np.float64)
    except (TypeError, ValueError):
        H = np.zeros(0)
    if H.shape != (3, 3) or not np.isfinite(H).all() or abs(np.linalg.det(H)) < 1e-12:
        raise DataError("this is not a homography", path=path, expected="3 x 3 finite numbers that can be inverted")
    return H


def _is_number(text: bytes | str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_box(line: str, wide: int) -> bool:
    words = line.split(",")
    return len(words) == wide and all(_is_number(w) for w in words[:7])
