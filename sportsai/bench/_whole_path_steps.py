"""What each project does at a step of `bench whole_path`: code for a process of its own, which prints what it took.

Each gets the folder with match.dat and match.xml (TRACAB) and an empty folder, does what is not timed, then `timed(n)`
twice: the first time (n = 0) with what it imports on the way, and again (n = 1); `count` is what was made, in the
step's own unit.
"""

from __future__ import annotations

START = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
from pathlib import Path
import numpy as np
source, room = Path(sys.argv[1]), Path(sys.argv[2])
dat, xml = str(source / "match.dat"), str(source / "match.xml")
"""
END = """
took = []
for n in range(2):
    start = time.process_time()
    made = timed(n)
    took.append(time.process_time() - start)
print(json.dumps([*took, int(count(made))]))
"""
_GAME = """
from sportsai.court import load_league
from sportsai.readers import load_reader, read_games
league = load_league("soccer")
load_reader("tracab")
def read():
    return next(read_games((Path(dat), Path(xml)), league, "tracab"))
"""
_DATABALLPY = """
from databallpy import get_game
def read():
    return get_game(tracking_data_loc=dat, tracking_metadata_loc=xml, tracking_data_provider="tracab",
                    check_quality=False, verbose=False)
"""
_FLOODLIGHT = """
from floodlight.io.tracab import read_position_data_dat
def read():
    return read_position_data_dat(dat, xml)
def positions(found):
    return [xy for half in found[0].values() for xy in (half["Home"], half["Away"])]
"""
_KLOPPY = """
from kloppy import tracab
def read():
    return tracab.load(meta_data=xml, raw_data=dat, coordinates="tracab", only_alive=False)
"""
READ = {
    "sportsai": _GAME + "timed, count = lambda n: read(), lambda g: g.tracks.T",
    "kloppy": _KLOPPY + "timed, count = lambda n: read(), lambda d: len(d.records)",
    "floodlight": _FLOODLIGHT + "timed, count = lambda n: read(), lambda f: sum(len(h['Home']) for h in f[0].values())",
    "databallpy": _DATABALLPY + "timed, count = lambda n: read(), lambda g: len(g.tracking_data)",
}
MOTION = {
    "sportsai": _GAME
    + """
from sportsai.data.kinematics import motion
game = read()
timed = lambda n: motion(game.tracks).speed
count = lambda v: v[:, game.tracks.side >= 0].size
""",
    "floodlight": _FLOODLIGHT
    + """
from floodlight.models.kinematics import VelocityModel
all = positions(read())
def timed(n):
    out = []
    for xy in all:
        model = VelocityModel()
        model.fit(xy)
        out.append(model.velocity().property)
    return out
count = lambda v: sum(a.size for a in v)
""",
    "databallpy": _DATABALLPY
    + """
games = [read(), read()]  # the columns are added to a match
columns = [c for c in games[0].get_column_ids() if c != "ball"]
def timed(n):
    games[n].tracking_data.add_velocity(columns, filter_type="savitzky_golay")
    return games[n].tracking_data
count = lambda t: sum(t[c + "_velocity"].size for c in columns)
""",
}
STORE = {
    "sportsai": _GAME
    + """
from sportsai.library import Library
from dataclasses import replace
game, library = read(), Library(room / "library", create=True)
games = [replace(game, id="first"), replace(game, id="again")]
timed = lambda n: library.add(games[n])
count = lambda _: game.tracks.T
""",
    "kloppy": _KLOPPY
    + """
data = read()
timed = lambda n: data.to_df(engine="polars").write_parquet(room / f"frames{n}.parquet")
count = lambda _: len(data.records)
""",
    "databallpy": _DATABALLPY
    + """
game = read()
timed = lambda n: game.save_game(name=f"match{n}", path=str(room), verbose=False)
count = lambda _: len(game.tracking_data)
""",
}
LOAD = {
    "sportsai": _GAME
    + """
from sportsai.library import Library
game, library = read(), Library(room / "library", create=True)
library.add(game)
timed = lambda n: library.load(game.id)
count = lambda g: g.tracks.T
""",
    "databallpy": _DATABALLPY
    + """
from databallpy import get_saved_game
game = read()
game.save_game(name="match", path=str(room), verbose=False)
timed = lambda n: get_saved_game(name="match", path=str(room))
count = lambda g: len(g.tracking_data)
""",
}
PICTURES = 100  # frames of pitch control
CONTROL = {
    "sportsai": _GAME
    + f"""
from sportsai.library import Library
from sportsai.report.material import gather
from sportsai.report.sections.soccer_control import control
game, library = read(), Library(room / "library", create=True)
library.add(game)
m = gather(library, game.id)
m.moved
rows = np.linspace(100, m.tracks.T - 100, {PICTURES}).astype(int)
timed = lambda n: control(m, 0, rows)
count = lambda c: c.size
""",
    "databallpy": _DATABALLPY
    + f"""
game = read()
game.tracking_data.add_velocity(game.get_column_ids() + ["ball"], filter_type="savitzky_golay")
rows = np.linspace(100, len(game.tracking_data) - 100, {PICTURES}).astype(int)
frames = game.tracking_data.iloc[rows].reset_index(drop=True)  # its own type of table
timed = lambda n: frames.get_pitch_control(game.pitch_dimensions, n_x_bins=21, n_y_bins=14)
count = lambda c: np.asarray(c).size
""",
    "floodlight": _FLOODLIGHT
    + f"""
from floodlight import Pitch
from floodlight.core.xy import XY
from floodlight.models.space import DiscreteVoronoiModel
home, away = positions(read())[:2]
rows = np.linspace(100, len(home) - 100, {PICTURES}).astype(int)
home, away = XY(home.xy[rows], 25), XY(away.xy[rows], 25)
pitch = Pitch.from_template("tracab", length=10500, width=6800)
model = DiscreteVoronoiModel(pitch, mesh="square", xpoints=21)
def timed(n):
    model.fit(home, away)
    return model
count = lambda m: m._cell_controls_.size
""",
}
