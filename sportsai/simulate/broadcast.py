"""Footage that nobody filmed: a game's tracks drawn as a broadcast, through a camera of which everything is known.

Every stage of `sportsai track` can be held against it: where each person's box is and who it is, where he stands in
metres, and the homography of every frame. What is real is where people were; made up are the camera, the ground, the
stands, and what people look like (see `_figures`). It stands beside the touchline and high, turns and zooms after play
as a hand would, and what it films is blurred and noisy (and compressed by whoever writes it). What is measured on such
footage is said to be of rendered footage, wherever it stands.

Axes are those of `Tracks`: x along the court, y away from the camera, z up, metres from the court's centre. A camera
with focal length f pixels at C, looking along w with u to its right and v down, sees (x, y, z) at K [u; v; w] (X - C),
K = [[f, 0, W/2], [0, f, H/2], [0, 0, 1]]; of the ground (z = 0) that is a homography.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.court import League
from sportsai.data import AWAY, HOME, Game, Tracks
from sportsai.data.camera import Aim, aimed, eased
from sportsai.errors import DataError
from sportsai.simulate._figures import PHASES, TALL, WIDE, Kit, figure

Float = NDArray[np.float64]
UInt8 = NDArray[np.uint8]
STRIDE_M, RUNS_MPS = 2.6, 1.8
BODY_M, SPREAD_M = 1.82, 0.07  # of heights
PAINT_M = 0.08  # of lines whose width no rule gives
TEXTURE_PX = 24  # of a metre of ground
KITS = {
    HOME: Kit((204, 36, 44), (246, 246, 246), (204, 36, 44)), AWAY: Kit((32, 66, 170), (22, 30, 66), (236, 236, 240)),
}  # fmt: skip
OTHER = Kit((240, 214, 40), (28, 28, 30), (28, 28, 30))


@dataclass(frozen=True)
class Scene:
    """How a sport is filmed. back_m, high_m: the camera, behind the near line and above the ground. view_m: how much of
    the court's length is seen where play is. ground, line: RGB. beyond_m: ground around the court, then stands."""

    back_m: float
    high_m: float
    view_m: float
    ground: tuple[int, int, int]
    line: tuple[int, int, int] = (244, 244, 240)
    beyond_m: float = 6.0
    stripes_m: float = 0.0


SCENES = {
    "soccer": Scene(24.0, 15.0, 34.0, (66, 128, 58), stripes_m=5.25),
    "american_football": Scene(24.0, 16.0, 34.0, (60, 120, 58)),
    "basketball": Scene(13.0, 7.5, 17.0, (196, 148, 96), beyond_m=4.0),
    "hockey": Scene(15.0, 10.0, 26.0, (226, 234, 240), line=(60, 70, 160), beyond_m=4.0),
    "volleyball": Scene(13.0, 7.5, 19.0, (196, 120, 70), beyond_m=5.0),
}  # fmt: skip
WIDE_PX, HIGH_PX, FPS = 1280, 720, 25
AIM = Aim()


@dataclass(frozen=True)
class Camera:
    """A camera in each of T frames: centre (T, 3) metres, axes (T, 3, 3) rows right, down, ahead; focal (T,) pixels."""

    centre: Float
    axes: Float
    focal: Float
    width: int = WIDE_PX
    height: int = HIGH_PX

    def matrix(self, t: int) -> Float:
        """Return the projection of frame t, (3, 4)."""
        f = self.focal[t]
        K = np.array([[f, 0, self.width / 2], [0, f, self.height / 2], [0, 0, 1]])
        R = self.axes[t]
        return np.asarray(K @ np.concatenate([R, (-R @ self.centre[t])[:, None]], 1))

    def to_court(self, t: int) -> Float:
        """Return the homography from pixels of frame t to metres on the ground, (3, 3)."""
        H = np.linalg.inv(self.matrix(t)[:, [0, 1, 3]])
        return np.asarray(H / H[2, 2])


@dataclass(frozen=True)
class Filmed:
    """What a film shows. boxes: frame, track (the slot), x0, y0, x1, y1 pixels, x_m, y_m, and `hidden`, the share of it
    that people in front of it hide. camera: of every frame. ball (T, 4): its middle in pixels, and where
    it is in metres; NaN where it is not there."""

    boxes: pd.DataFrame
    camera: Camera
    ball: Float


def camera_over(play: Float, league: League, fps: float = FPS, seed: int = 0, scene: Scene | None = None) -> Camera:
    """Return a camera that follows where play is, (T, 2) metres, late and smoothly, with a hand's tremor.

    Zoom breathes: closer when play is slow, by up to a fifth.
    """
    scene = scene or SCENES[league.sport]
    rng = np.random.default_rng(seed)
    T, court = len(play), league.court
    at = eased(play, fps * AIM.spread_s)
    speed = np.linalg.norm(np.gradient(at, axis=0), axis=1) * fps if T > 1 else np.zeros(T)
    near = -court.width_m / 2 - scene.back_m
    centre = np.tile([0.0, near, scene.high_m], (T, 1))
    looks = aimed(play, court.length_m, court.width_m, fps, rng, AIM)
    target = np.concatenate([looks, np.zeros((T, 1))], 1)
    w = target - centre
    far = np.linalg.norm(w, axis=1)
    w /= far[:, None]
    u = np.cross(w, [0.0, 0.0, 1.0])
    u /= np.linalg.norm(u, axis=1)[:, None]
    axes = np.stack([u, np.cross(w, u), w], 1)
    view = scene.view_m * (0.9 + 0.2 * np.clip(eased(speed, fps * 1.5) / 6.0, 0, 1))
    return Camera(centre, axes, WIDE_PX * far / view)


def film(
    game: Game, league: League, write: Callable[[UInt8], None], first_s: float = 0.0, length_s: float = 20.0, *,
    fps: int = FPS, seed: int = 0, scene: Scene | None = None, progress: Callable[[int, int], None] | None = None,
) -> Filmed:  # fmt: skip
    """Film a stretch of a game, first_s after its first frame; return what the film shows.

    write: is given each picture, (HIGH_PX, WIDE_PX, 3) RGB, `fps` a second. Raises DataError for a stretch with no
    one on court, and no ball.
    """
    scene = scene or SCENES[league.sport]
    xy, ball = _stretch(game, first_s, length_s, fps)
    play = _play(xy, ball)
    camera = camera_over(play, league, fps, seed, scene)
    rng = np.random.default_rng(seed + 1)
    ground, stand = _ground(league, scene, rng), _stand(rng)
    people = _People.of(xy, _tracks(game).side.astype(np.int64), fps, rng)
    rows: list[pd.DataFrame] = []
    balls = np.full((len(xy), 4), np.nan)
    for t in range(len(xy)):
        picture = _empty(camera, t, league, scene, ground, stand)
        rows.append(people.draw(picture, camera, t))
        if np.isfinite(ball[t]).all():
            balls[t] = *_ball(picture, camera, t, ball[t]), *ball[t, :2]
        write(_as_filmed(picture, rng))
        if progress:
            progress(t + 1, len(xy))
    return Filmed(pd.concat(rows, ignore_index=True), camera, balls)


def _stretch(game: Game, first_s: float, length_s: float, fps: int) -> tuple[Float, Float]:
    """Return where everyone and the ball are at each frame, (T, P, 2) and (T, 3): between a provider's frames, even."""
    tracks = _tracks(game)
    t = np.where(tracks.period > 0, tracks.t_s, np.nan).astype(np.float64)  # outside of periods no time is told
    played = np.flatnonzero(np.isfinite(t))
    start = (float(t[played[0]]) if len(played) else 0.0) + first_s
    first = tracks.period[played[0]] if len(played) else 1
    mine = np.flatnonzero((t >= start - 0.5) & (t <= start + length_s + 0.5) & (tracks.period == first))
    when = start + np.arange(round(length_s * fps)) / fps
    when = when[when <= t[mine[-1]]] if len(mine) else when[:0]
    if len(when) < 2:
        raise DataError(f"no play from {first_s:g} s on", expected="a stretch of the game's first period")
    xy = np.where(tracks.present[mine][..., None], tracks.xy[mine], np.nan).astype(np.float64)
    ball = np.concatenate([tracks.ball_xy[mine], np.nan_to_num(tracks.ball_z[mine, None])], 1).astype(np.float64)
    ball[~tracks.ball_present[mine]] = np.nan
    return _between(t[mine], xy, when), _between(t[mine], ball, when)


def _tracks(game: Game) -> Tracks:
    if game.tracks is None:
        raise DataError(f"{game.id} has no tracks", expected="a game that says where players were")
    return game.tracks


def _play(xy: Float, ball: Float) -> Float:
    """Return where play is, (T, 2): half way between everyone's middle and the ball, or where the one is that is there;
    where none is, as before."""
    there: NDArray[np.bool_] = np.asarray(np.isfinite(xy).all(-1))
    count = there.sum(1)
    seen = np.isfinite(ball).all(-1)
    if not (count.any() or seen.any()):
        raise DataError("no one is on court in that stretch", expected="a stretch of play")
    play = np.where(there[..., None], xy, 0.0).sum(1) / np.maximum(count, 1)[:, None]
    weight = np.where(count[seen] > 0, 0.5, 0.0)[:, None]
    play[seen] = weight * play[seen] + (1 - weight) * ball[seen][:, :2]
    some = np.flatnonzero((count > 0) | seen)
    return np.asarray(play[some[np.clip(np.searchsorted(some, np.arange(len(xy)), "right") - 1, 0, None)]])


def _between(t: Float, values: Float, when: Float) -> Float:
    """Return values at other times, straight between; NaN where a neighbour is."""
    right = np.clip(np.searchsorted(t, when, "right"), 1, len(t) - 1)
    share = ((when - t[right - 1]) / (t[right] - t[right - 1])).reshape(-1, *[1] * (values.ndim - 1))
    return np.asarray(values[right - 1] * (1 - share) + values[right] * share)


def _ground(league: League, scene: Scene, rng: np.random.Generator) -> tuple[UInt8, Float]:
    """Return the ground's picture and the map from metres to its pixels: stripes, wear, and what is painted."""
    import cv2

    court, px = league.court, TEXTURE_PX
    half = np.array([court.length_m, court.width_m]) / 2 + scene.beyond_m
    wide, high = np.round(2 * half * px).astype(int)
    to_px = np.array([[px, 0, half[0] * px], [0, -px, half[1] * px], [0, 0, 1.0]])
    picture = np.empty((high, wide, 3), np.float32)
    picture[:] = scene.ground
    if scene.stripes_m:
        stripe = (np.arange(wide) / px / scene.stripes_m).astype(int) % 2
        picture *= (0.94 + 0.12 * stripe)[None, :, None]
    for size, depth in ((6, 7.0), (40, 5.0), (1, 6.0)):
        coarse = rng.normal(0, depth, (max(high // size, 2), max(wide // size, 2))).astype(np.float32)
        picture += cv2.resize(coarse, (int(wide), int(high)))[..., None]
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    for shape in court.shapes:
        colour = scene.line if not shape.colour else tuple(int(shape.colour[n : n + 2], 16) for n in (1, 3, 5))
        points = (np.c_[shape.points(), np.ones(len(shape.points()))] @ to_px.T)[:, :2]
        flat = [np.round(points * 8).astype(np.int32).reshape(-1, 1, 2)]
        thick = max(round((shape.paint_m or PAINT_M) * px), 1)
        if shape.role in ("boundary", "marking"):
            cv2.polylines(picture, flat, shape.closed, colour, thick, cv2.LINE_AA, 3)
    return picture, to_px


def _stand(rng: np.random.Generator) -> UInt8:
    """Return a stand's picture, 90 x 14 m at 10 pixels a metre: boards below, rows of a crowd above."""
    import cv2

    wide, high = 900, 140
    picture = np.empty((high, wide, 3), np.uint8)
    picture[:] = (52, 54, 62)
    for row in range(6, high - 14, 7):
        for x in range(3, wide, 5):
            if rng.random() < 0.8:
                colour = tuple(int(v) for v in rng.integers(20, 220, 3))
                cv2.circle(picture, (x + int(rng.integers(-1, 2)), row), 2, (190, 150, 120), -1, cv2.LINE_AA)
                cv2.rectangle(picture, (x - 2, row + 2), (x + 2, row + 6), colour, -1)
    for n, x in enumerate(range(0, wide, 75)):
        colour = [(230, 230, 230), (20, 70, 150), (180, 30, 40), (20, 20, 24)][n % 4]
        cv2.rectangle(picture, (x, high - 12), (x + 74, high), colour, -1)
        ink = (20, 20, 20) if n % 4 == 0 else (240, 240, 240)
        said = ["RENDERED", "NOT FILMED", "MADE UP", "SPORTSAI"][n % 4]
        cv2.putText(picture, said, (x + 3, high - 3), cv2.FONT_HERSHEY_SIMPLEX, 0.36, ink, 1, cv2.LINE_AA)
    return picture


def _empty(camera: Camera, t: int, league: League, scene: Scene, ground: tuple[UInt8, Float], stand: UInt8) -> UInt8:
    """Return frame t without people: stands at the far side and both ends, then the ground."""

    P = camera.matrix(t)
    picture = np.full((camera.height, camera.width, 3), (38, 40, 46), np.uint8)
    half = np.array([league.court.length_m, league.court.width_m]) / 2 + scene.beyond_m
    high, wide = stand.shape[0] / 10, stand.shape[1] / 10
    count = int(np.ceil(half[0] / wide)) + 1
    spans = [([x * wide, half[1]], [1.0, 0.0]) for x in range(-count, count)]
    spans += [([s * half[0], half[1]], [0.0, -1.0]) for s in (-1.0, 1.0)]
    for start, way in spans:
        base = np.array([[way[0] / 10, 0, start[0]], [way[1] / 10, 0, start[1]], [0, -0.1, high], [0, 0, 1.0]])
        _laid(picture, stand, P @ base)
    texture, to_px = ground
    _laid(picture, texture, P[:, [0, 1, 3]] @ np.linalg.inv(to_px))
    return picture


def _laid(picture: UInt8, texture: UInt8, map_: Float) -> None:
    """Lay the part of a texture that lies in front of the camera over a picture, through a homography."""
    import cv2

    h, w = texture.shape[:2]
    corners = np.array([[0, 0, 1], [w, 0, 1], [w, h, 1], [0, h, 1.0]]) @ map_.T
    ahead = corners[:, 2] > 0.5
    size = (picture.shape[1], picture.shape[0])
    if ahead.all():
        outline = corners[:, :2] / corners[:, 2:]
        if (outline.max(0) >= 0).all() and (outline.min(0) <= size).all():
            how = {"flags": cv2.INTER_LINEAR, "borderMode": cv2.BORDER_TRANSPARENT}
            cv2.warpPerspective(texture, map_, size, dst=picture, **how)
    elif ahead.any():
        back = np.linalg.inv(map_)
        depth = back[2, 0] * np.arange(size[0])[None] + back[2, 1] * np.arange(size[1])[:, None] + back[2, 2]
        there = cv2.warpPerspective(np.full((h, w), 255, np.uint8), map_, size) > 0
        there &= depth > 0
        picture[there] = cv2.warpPerspective(texture, map_, size)[there]


@dataclass(frozen=True)
class _People:
    """Who is drawn: xy (T, P, 2), what each wears, how he looks, how far into his stride he is, which way he faces."""

    xy: Float
    kit: list[Kit]
    look: NDArray[np.int64]
    tall_m: Float
    phase: NDArray[np.int64]
    runs: NDArray[np.bool_]
    faces: Float

    @staticmethod
    def of(xy: Float, side: NDArray[np.int64], fps: int, rng: np.random.Generator) -> _People:
        P = xy.shape[1]
        pace = np.gradient(eased(np.nan_to_num(xy), fps * 0.15), axis=0) * fps
        speed = np.linalg.norm(pace, axis=-1)
        phase = (np.cumsum(speed, axis=0) / fps / STRIDE_M + rng.random(P)) * PHASES
        return _People(
            xy, [KITS.get(int(s), OTHER) for s in side], np.asarray(rng.integers(0, 40, P)),
            np.asarray(rng.normal(BODY_M, SPREAD_M, P), np.float64),
            phase.astype(np.int64) % PHASES, speed > RUNS_MPS, np.arctan2(pace[..., 1], pace[..., 0]),
        )  # fmt: skip

    def draw(self, picture: UInt8, camera: Camera, t: int) -> pd.DataFrame:
        """Draw all people of frame t, the furthest first; return their boxes."""
        import cv2

        P = camera.matrix(t)
        there = np.flatnonzero(np.isfinite(self.xy[t]).all(1))
        world = np.c_[self.xy[t, there], np.zeros(len(there)), np.ones(len(there))]
        foot, top = world @ P.T, (world + np.c_[np.zeros((len(there), 2)), self.tall_m[there], there * 0]) @ P.T
        order = np.argsort(-foot[:, 2])
        owner = np.full(picture.shape[:2], -1, np.int16)
        boxes: list[tuple[float, ...]] = []
        for k in order.tolist():
            if foot[k, 2] < 1:
                continue
            (x, y), (_, above) = foot[k, :2] / foot[k, 2], top[k, :2] / top[k, 2]
            scale = (y - above) / (TALL - 6)
            if scale * TALL < 6:
                continue
            who = int(there[k])
            sprite = self._sprite(who, t)
            size = (max(round(WIDE * scale), 1), max(round(TALL * scale), 1))
            small = np.asarray(cv2.resize(sprite, size, interpolation=cv2.INTER_AREA), np.uint8)
            x0, y0 = round(x - size[0] / 2), round(y - size[1] + 2 * scale)
            shadow = (round(x + 8 * scale), round(y)), (max(round(70 * scale), 1), max(round(12 * scale), 1))
            _darker(picture, *shadow)
            inside = _pasted(picture, owner, small, x0, y0, len(boxes))
            if inside is not None:
                boxes.append((t, who, *inside, *self.xy[t, who]))
        table = pd.DataFrame(boxes, columns=["frame", "track", "x0", "y0", "x1", "y1", "drawn", "x_m", "y_m"])
        left = np.bincount(owner[owner >= 0], minlength=len(table))
        table["hidden"] = 1 - left / table.pop("drawn").clip(lower=1)
        return table

    def _sprite(self, who: int, t: int) -> UInt8:
        turn = self.faces[t, who]
        side = abs(np.cos(turn)) > 0.5 and bool(self.runs[t, who])
        view = "side" if side else "back" if np.sin(turn) > 0 else "front"
        made = figure(self.kit[who], int(self.look[who]), view, int(self.phase[t, who]), bool(self.runs[t, who]))
        return made[:, ::-1] if side and np.cos(turn) < 0 else made


def _pasted(
    picture: UInt8, owner: NDArray[np.int16], sprite: UInt8, x0: int, y0: int, number: int
) -> tuple[int, int, int, int, int] | None:
    """Paste a figure; return the box of what shows of it, and of how many pixels it is drawn; None where off screen."""
    h, w = sprite.shape[:2]
    a, b, c, d = max(x0, 0), max(y0, 0), min(x0 + w, picture.shape[1]), min(y0 + h, picture.shape[0])
    if c <= a or d <= b:
        return None
    mine = sprite[b - y0 : d - y0, a - x0 : c - x0]
    solid = mine[..., 3] > 127
    if not solid.any():
        return None
    alpha = mine[..., 3:].astype(np.float32) / 255
    under = picture[b:d, a:c]
    under[:] = (mine[..., :3] * alpha + under * (1 - alpha)).astype(np.uint8)
    owner[b:d, a:c][solid] = number
    ys, xs = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    return int(a + xs[0]), int(b + ys[0]), int(a + xs[-1] + 1), int(b + ys[-1] + 1), int(solid.sum())


def _darker(picture: UInt8, centre: tuple[int, int], axes: tuple[int, int]) -> None:
    """Draw a shadow on the ground."""
    import cv2

    (x, y), (a, b) = centre, axes
    x0, y0, x1, y1 = max(x - a, 0), max(y - b, 0), min(x + a, picture.shape[1]), min(y + b, picture.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
    cv2.ellipse(mask, (x - x0, y - y0), (a, b), 0, 0, 360, 90, -1, cv2.LINE_AA)
    part = picture[y0:y1, x0:x1]
    part[:] = (part * (1 - mask[..., None] / 255.0)).astype(np.uint8)


def _ball(picture: UInt8, camera: Camera, t: int, ball: Float) -> tuple[float, float]:
    """Draw the ball; return where its middle is."""
    import cv2

    P = camera.matrix(t)
    at, over = P @ [*ball, 1.0], P @ [*ball[:2], ball[2] + 0.24, 1.0]
    if at[2] <= 1:
        return np.nan, np.nan
    x, y = at[:2] / at[2]
    size = max(abs(over[1] / over[2] - y) / 2, 1.5)
    cv2.circle(picture, (round(x * 8), round((y - size) * 8)), round(size * 8), (250, 250, 250), -1, cv2.LINE_AA, 3)
    return float(x), float(y - size)


def _as_filmed(picture: UInt8, rng: np.random.Generator) -> UInt8:
    """Return a picture as a lens and a sensor give it: a little soft, a little noisy."""
    import cv2

    soft = cv2.GaussianBlur(picture, (0, 0), 0.8)
    noise: Any = rng.integers(-5, 6, (*picture.shape[:2], 1), dtype=np.int16)
    return np.asarray(np.clip(soft.astype(np.int16) + noise, 0, 255).astype(np.uint8))


def files(filmed: Filmed) -> dict[str, bytes]:
    """Return what a film shows as files, by the ending they take: boxes as CSV, the camera as JSON."""
    camera = filmed.camera
    maps = [camera.to_court(t).tolist() for t in range(len(camera.focal))]
    said = {"rendered": True, "size_px": [camera.width, camera.height], "to_court": maps}
    return {
        ".boxes.csv": filmed.boxes.round(4).to_csv(index=False).encode(), ".camera.json": json.dumps(said).encode(),
    }  # fmt: skip
