"""Where the court lies in a picture, without being told: the camera under which its painted lines fit the stripes seen.

Long straight stripes tell cameras (see `straight`); where none of these is good, cameras as broadcasts use them (see
`rigs`) are drawn at random. Under each, points along the painted lines are laid into the picture; they should lie on
stripes, and the ground to both sides of them should not (a crowd is full of stripes: there, both do). The best are laid
over the stripes exactly (see `lines`), and the one whose lines are then best seen, and which best tells the stripes
within its court, is taken; where none is good enough, none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sportsai.court import League
from sportsai.video.decode import Footage, frames
from sportsai.video.lines import MASK_PX, Laid, Plan, laid, plan, stripes
from sportsai.video.place import Start
from sportsai.video.plane import mapped, without
from sportsai.video.rigs import RIGS, SETTLED, cameras, grounds, likely, looks_down, projections, settled
from sportsai.video.straight import homographies, posed
from sportsai.video.watch import Asked, Seen, load, wanted, write

Float = NDArray[np.float64]
Bool = NDArray[np.bool_]
BATCH = 2_000
ALL_OVER = (100_000, 600, 20)  # cameras drawn, kept after each round, and of the best laid over the stripes
NEAR = ((1_500, 20, 4), (4_000, 40, 8))  # the same about a camera that is known: the second where the first finds none
AROUND = 20  # cameras drawn around each in the next round
SPREADS, REACHES = (0.06, 0.05, 0.04, 0.03, 0.02, 0.012, 0.006), (20.0, 18.0, 15.0, 12.0, 10.0, 7.0, 5.0)
LOOKS = (3, 4, 6)  # of a camera's numbers: where it looks, and how much it sees
ZONES, ZONE = (0.08, 0.05), 0.03  # cameras that look less apart are one, in the first two rounds; that are judged
CELL = 0.5  # of a spread, in the later rounds: cameras less apart than this in each number are one
FIRST, COARSE = 30, 90  # points along a court's length, of the lines that cameras are judged by: first, later
REACH, TOLD_MOST = 12.0, 20  # pixels off a stripe that a line still counts, and cameras judged, of those lines tell
BESIDE = 18.0  # pixels of a mask: how far beside a line is looked
ROUNDS = (20, 12, 8, 5, 4, 3)
TOLD, ON = 0.3, 0.5  # of stripes within the court that lines tell; of lines in view that lie on stripes: least
WORTH, HOPELESS = 0.22, 0.08  # of a camera, at least; below the second, after a look around, no more is drawn
LEAST_SEEN = 80
GLANCES, GLANCE_S = (4, 12), 60.0  # frames glanced at, from and to; one more for each so many seconds
MISSES = 20  # searches all over that find nothing, in a row, before no more are made
TRIES = (0.5, 0.85, 0.15, 0.05, 0.3, 0.7, 0.25, 0.95, 0.4)  # rows of a shot, as shares of it
LATER = 3  # of them, once the court has been found
STAND = 0.4  # of people, who stand on the court, at least
SCORE, GOOD = 0.27, 0.38  # least; above which no other row is tried
TELLING = 0.28  # of a camera that straight stripes tell: none is drawn at random
SURE = 0.2  # of boxes: people who must stand on the court
PERSON_M, TALL = 1.8, 1.6  # how tall people stand; how many times more or less they may look
SHOWN, LEAST_SHOWN, WHOLE = 0.2, 0.05, 0.3  # of the lines: worth less below, and nothing; by what power all the way
OFF_PX = 8.0  # of a mask, that a camera's points may lie off the lines
LEAST_FILLED = 0.06  # of the picture, by the court


@dataclass(frozen=True)
class Found:
    """A court found. camera (7,): as `projections` takes it, near enough to the homography to look there again. score:
    how well lines tell the stripes, stripes the lines, and people stand on it, 0 to 1."""

    laid: Laid
    camera: Float
    score: float


def find_court(
    mask: Bool, height: int, league: League, boxes: Float | None = None, *, near: Float | None = None, seed: int = 0
) -> Found | None:
    """Return the camera and homography under which a court's lines fit a frame's stripes, or None where none fits well.

    height: of the picture whose pixels it maps; boxes (n, 4): people in it, who must stand as tall as people do. near
    (7,): a camera of the same footage; only such are looked for that stand where it does.
    """
    import cv2

    if league.sport not in RIGS:
        return None
    clear = without(mask, boxes, height / MASK_PX)
    away = np.asarray(cv2.distanceTransform((~clear).astype(np.uint8), cv2.DIST_L2, 3), np.float32)
    rng = np.random.default_rng(seed)
    told = _told_by_lines(clear, away, league) if near is None else np.zeros((0, 7))
    found = _judged(told, mask, clear, height, league, boxes)
    if max((f.score for f in found), default=0.0) >= TELLING:
        return max(found, key=lambda f: f.score)
    for count, most, last in (ALL_OVER,) if near is None else NEAR:
        unit, worth = _searched(away, league, rng, near, count, most)
        best = _apart(unit, worth, last, ZONE)
        found += _judged(unit[best[worth[best] >= WORTH]], mask, clear, height, league, boxes)
        if found:
            return max(found, key=lambda f: f.score)
    return None


def _told_by_lines(clear: Bool, away: NDArray[np.float32], league: League) -> Float:
    """Return the cameras that long straight stripes tell, under which most of the court's lines lie on stripes."""
    wide = clear.shape[1]
    unit = cameras(*posed(homographies(clear, league.court), wide, MASK_PX), league, wide)
    unit = unit[likely(unit)]
    unit = unit[looks_down(unit, league)]
    if not len(unit):
        return unit
    close = np.clip(1 - away / REACH, 0, 1).astype(np.float32)
    worth = _all_worth(unit, league, plan(league.court, league.court.length_m / COARSE), close)
    best = _apart(unit, worth, TOLD_MOST, ZONE)
    return unit[best[worth[best] >= WORTH]]


def _judged(
    unit: Float, mask: Bool, clear: Bool, height: int, league: League, boxes: Float | None
) -> list[Found]:  # fmt: skip
    """Return those of some cameras, (n, 7), that are good enough once their lines are laid over the stripes."""
    scale, wide = height / MASK_PX, mask.shape[1]
    whole, coarse, found = plan(league.court), plan(league.court, league.court.length_m / FIRST), []
    for one in unit:
        P = np.diag([scale, scale, 1.0]) @ projections(one[None], league, wide)[0]
        lies = laid(whole, mask, np.linalg.inv(P[:, [0, 1, 3]]), height, boxes, ROUNDS)
        lies = laid(whole, mask, lies.to_court, height, boxes, ROUNDS[1:])
        if lies.seen < LEAST_SEEN or lies.on < ON or not upright(lies.to_court, height, wide * scale):
            continue
        if filled(lies.to_court, league, wide * scale, height) < LEAST_FILLED:
            continue
        told = _told(lies, clear, whole, league, scale)
        people = 1.0 if boxes is None else stand(P, lies.to_court, boxes, league)
        score = told * lies.each**2 * min(lies.seen / 300, 1.0) * people
        if told >= TOLD and people >= STAND and score >= SCORE:
            to_px = np.asarray(np.linalg.inv(lies.to_court @ np.diag([scale, scale, 1.0])), np.float64)
            some = coarse.xy[_shown(coarse.xy, to_px, mask.shape)]
            camera, off = settled(one, to_px, some, league, wide)
            if off <= OFF_PX and likely(camera[None], SETTLED)[0]:
                found.append(Found(lies, camera, score))
    return found


def _searched(
    away: NDArray[np.float32], league: League, rng: np.random.Generator, near: Float | None, count: int, most: int
) -> tuple[Float, Float]:
    """Return the best cameras found, (n, 7), and what each is worth. away: how far each pixel of a mask lies off a
    stripe. First `count` drawn all over, or about `near`; then around the `most` best, closer and closer: at first
    those best that look at different places, for a camera that sees little soon finds something like a line."""
    coarse = plan(league.court, league.court.length_m / COARSE)
    first = plan(league.court, league.court.length_m / FIRST)
    unit, worth = np.zeros((0, 7)), np.zeros(0)
    for spread, reach in ((None, REACHES[0]), *zip(SPREADS, REACHES, strict=True)):
        close = np.clip(1 - away / reach, 0, 1).astype(np.float32)
        if spread is None:
            new = rng.random((count, 7))
            new[:, 5] = 0.5 + rng.normal(0, 0.12, count)
            if near is not None:
                new[:, :3] = near[:3] + rng.normal(0, 0.02, (count, 3))
        else:
            worth = _all_worth(unit, league, coarse, close)
            new = np.repeat(unit, AROUND, axis=0)
            new = new + rng.normal(0, spread, new.shape) * (rng.random(new.shape) < 0.7)
        new = new[looks_down(new, league)]
        each = _all_worth(new, league, first if spread is None else coarse, close)
        unit, worth = np.concatenate([unit, new]), np.concatenate([worth, each])
        if near is None and (spread is None or spread == SPREADS[0]):
            top = _apart(unit, worth, most, ZONES[spread is not None])
        else:
            top = _apart(unit, worth, most, CELL * (SPREADS[0] if spread is None else spread), None)
        unit, worth = unit[top], worth[top]
        if spread is not None and worth.max(initial=-1) < HOPELESS:
            break
    return unit, worth


def stand(P: Float, to_court: Float, boxes: Float, league: League) -> float:
    """Return the share of people who stand on the court, of as many as play at most, for a crowd is seen, too; 0 where
    they are not as tall there as people are, or fewer than three. P (3, 4): to the pixels of their boxes."""
    foot = np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], -1)
    at = mapped(foot, to_court)
    half = np.array([league.court.length_m, league.court.width_m]) / 2 + 1.0
    on = (np.abs(np.nan_to_num(at, nan=np.inf)) <= half).all(1)
    if on.sum() < 3:
        return 0.0
    world = np.c_[at[on], np.zeros(on.sum()), np.ones(on.sum())]
    low, top = world @ P.T, (world + np.array([0, 0, PERSON_M, 0])) @ P.T
    with np.errstate(all="ignore"):
        tall = low[:, 1] / low[:, 2] - top[:, 1] / top[:, 2]
        ratio = float(np.median((boxes[on, 3] - boxes[on, 1]) / tall))
    most = min(len(boxes), 2 * (league.court.players_per_side or len(boxes)))
    return min(float(on.sum()) / most, 1.0) if 1 / TALL < ratio < TALL else 0.0


def _apart(
    unit: Float, worth: Float, most: int, cell: float, by: Sequence[int] | None = LOOKS
) -> NDArray[np.int64]:  # fmt: skip
    """Return the best cameras, one of each cell of that size, at most so many. by: the numbers that tell cells."""
    order = np.argsort(-worth, kind="stable")
    key = unit[order] if by is None else unit[order][:, by]
    _, first = np.unique(np.floor(key / cell).astype(np.int64), axis=0, return_index=True)
    return np.asarray(order[np.sort(first)[:most]], np.int64)


def _all_worth(unit: Float, league: League, plan: Plan, near: NDArray[np.float32]) -> Float:
    """Return what cameras (n, 7) are worth, see `_worth`, some of them at a time."""
    wide = near.shape[1]
    parts = np.array_split(unit, max(-(-len(unit) // BATCH), 1))
    return np.concatenate([_worth(grounds(part, league, wide), plan, near) for part in parts])


def _worth(maps: Float, plan: Plan, near: NDArray[np.float32]) -> Float:
    """Return how much nearer to stripes the plan's points lie under each map than the ground beside them, 0 to 1; less
    where a small part of the plan is in view."""
    here = np.concatenate([plan.xy, np.ones((len(plan.xy), 1))], 1).T.astype(np.float32)
    on = np.concatenate([plan.xy + 0.05 * plan.way, np.ones((len(plan.xy), 1))], 1).T.astype(np.float32)
    a, b = maps.astype(np.float32) @ here, maps.astype(np.float32) @ on  # (n, 3, points)
    high, wide = near.shape
    depth = np.maximum(a[:, 2], 0.1)
    x, y = a[:, 0] / depth, a[:, 1] / depth
    inside = (a[:, 2] > 0.1) & (x >= 0) & (x < wide - 1) & (y >= 0) & (y < high - 1)
    ahead = np.maximum(b[:, 2], 0.1)
    dx, dy = b[:, 0] / ahead - x, b[:, 1] / ahead - y
    long = BESIDE / np.maximum(np.sqrt(dx * dx + dy * dy), 1e-6)
    dx, dy = dx * long, dy * long
    flat = near.ravel()

    def at(x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
        return flat[np.clip(y, 0, high - 1).astype(np.int32) * wide + np.clip(x, 0, wide - 1).astype(np.int32)]

    gain = at(x, y) - 0.5 * (at(x - dy, y + dx) + at(x + dy, y - dx))
    seen = inside.sum(1)
    share = seen / max(len(plan.xy), 1)
    mean = np.where(inside, gain, 0).sum(1) / np.maximum(seen, SHOWN * len(plan.xy))
    return np.where(share >= LEAST_SHOWN, mean * share**WHOLE, -1.0).astype(np.float64)


def _shown(xy: Float, to_px: Float, shape: tuple[int, ...]) -> Bool:
    """Return which points of the ground, (n, 2), a map puts into a picture."""
    h = np.c_[xy, np.ones(len(xy))] @ to_px.T
    with np.errstate(all="ignore"):
        px = h[:, :2] / h[:, 2:]
    return np.asarray(((px >= 0) & (px < [shape[1], shape[0]])).all(1) & (h[:, 2] * np.median(h[:, 2]) > 0))


def filled(to_court: Float, league: League, width: float, height: int) -> float:
    """Return the share of a picture that the court fills."""
    half = np.array([league.court.length_m, league.court.width_m]) / 2
    grid = np.stack(np.meshgrid((np.arange(32) + 0.5) / 32 * width, (np.arange(18) + 0.5) / 18 * height), -1)
    return float((np.abs(np.nan_to_num(mapped(grid.reshape(-1, 2), to_court), nan=np.inf)) <= half).all(1).mean())


def _told(one: Laid, clear: Bool, plan: Plan, league: League, scale: float) -> float:
    """Return the share of stripes within the court, and a little around it, that lie along its painted lines."""
    import cv2

    to_px = np.linalg.inv(one.to_court @ np.diag([scale, scale, 1.0]))
    y, x = np.nonzero(clear)
    some = slice(None, None, max(len(x) // 8000, 1))
    h = np.c_[x[some] * scale, y[some] * scale, np.ones(len(x[some]))] @ one.to_court.T
    with np.errstate(all="ignore"):
        at = h[:, :2] / h[:, 2:]
    half = np.array([league.court.length_m, league.court.width_m]) / 2 + 0.3
    inside = (np.abs(at) <= half).all(1)
    if not inside.any():
        return 0.0
    drawn = np.full(clear.shape, 255, np.uint8)
    ones = np.c_[plan.xy, np.ones(len(plan.xy))] @ to_px.T
    q = np.round((ones[:, :2] / ones[:, 2:])[ones[:, 2] * np.median(ones[:, 2]) > 0]).astype(int)
    q = q[((q >= 0) & (q < [clear.shape[1], clear.shape[0]])).all(1)]
    drawn[q[:, 1], q[:, 0]] = 0
    away = cv2.distanceTransform(drawn, cv2.DIST_L2, 3)
    return float((away[y[some][inside], x[some][inside]] <= 8).mean())


def upright(to_court: Float, height: int, width: float) -> bool:
    """Return whether a homography can be a camera's beside the court: left stays left, down comes nearer."""
    points = ((0.3, 0.9), (0.7, 0.9), (0.5, 0.6), (0.5, 0.9))
    h = np.array([[x * width, y * height, 1.0] for x, y in points]) @ to_court.T
    at = h[:, :2] / h[:, 2:]
    same = (h[:, 2] * h[0, 2] > 0).all()
    return bool(same and at[1, 0] > at[0, 0] and at[2, 1] > at[3, 1])


def starts(seen: Seen, afar: Bool, height: int, league: League, known: Sequence[Start] = (),
           progress: Callable[[int, int], None] | None = None) -> list[Start]:  # fmt: skip
    """Return a row of every shot from afar in which the court is found; shots with a start in `known` are not searched.

    afar (T,): rows that show the game from afar. Of a shot several rows are tried and the best taken; each is first
    searched for a camera that stands where one was found before. After MISSES searches all over that found nothing
    since one that did, no shot is searched so any more: a broadcast has hundreds from other cameras.
    """
    shot, camera, missed = seen.shot, None, 0
    out = list(known)
    if league.sport not in RIGS:
        return out
    have = {int(shot[s.row]) for s in known}
    every = [n for n in range(int(shot.max()) + 1) if n not in have and afar[shot == n].all()]
    for done, n in enumerate(every):
        rows = np.flatnonzero(shot == n)
        best: tuple[int, Found] | None = None
        for share in TRIES if camera is None else TRIES[:LATER]:
            row = int(rows[int(share * (len(rows) - 1))])
            boxes = seen.boxes.xyxy[(seen.boxes.frame == row) & (seen.boxes.score >= SURE)]
            mask = seen.lines(row)
            found = find_court(mask, height, league, boxes, near=camera) if camera is not None else None
            if found is None and missed < MISSES:
                found = find_court(mask, height, league, boxes)
                missed = missed + 1 if found is None else 0
            if found is not None and (best is None or found.score > best[1].score):
                best = row, found
            if best is not None and best[1].score >= GOOD:
                break
        if best is not None:
            camera = best[1].camera
            out.append(Start(best[0], best[1].laid.to_court, best[1].laid.off_m))
        if progress:
            progress(done + 1, len(every))
    return out


def glanced(
    footage: Footage, asked: Asked, league: League, folder: Path, progress: Callable[[int, int], None] | None = None
) -> tuple[Float, Float] | None:
    """Return a homography of some frame in which the court is found, and its camera, as `Found` has them, or None.

    Frames evenly spread are looked at until one shows it. What was found is kept in a run's folder.
    """
    path = folder / "court.npz"
    if path.exists():
        kept = load(path)
        return (kept["to_court"], kept["camera"]) if kept["to_court"].size else None
    want = wanted(footage, asked)
    count = int(np.clip(np.ptp(footage.t_s[want]) / GLANCE_S, *GLANCES))
    some = want[np.unique(((np.arange(count) + 0.5) / count * len(want)).astype(int))]
    out, camera = np.zeros((0, 0)), np.zeros(0)
    for n, (_, image) in enumerate(frames(footage, some)):
        if progress:
            progress(n, len(some))
        found = find_court(stripes(image, asked.dark), footage.height, league)
        if found is not None:
            out, camera = found.laid.to_court, found.camera
            break
    write(path, {"to_court": out, "camera": camera})
    return (out, camera) if out.size else None
