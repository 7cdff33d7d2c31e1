"""The public functions: every name there, told and exampled; nothing heavy on import; doors lead where they should."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sportsai as sa
from sportsai import api
from tests.conftest import make_game

FOLDER = Path(sa.__file__).parent


def test_the_face_shows_what_the_room_offers() -> None:
    assert sa.__all__ == api.__all__ == sorted(sa.__all__)
    assert set(sa.__all__) <= set(dir(sa))
    rooms = {p.stem if p.suffix == ".py" else p.name for p in FOLDER.iterdir()}
    assert not rooms & set(sa.__all__), "a function hidden by a room of its name"


@pytest.mark.parametrize("name", sa.__all__)
def test_every_public_name_is_told_with_an_example_that_parses(name: str) -> None:
    found = getattr(sa, name)
    told = inspect.getdoc(found)
    assert told
    assert len(told.splitlines()[0]) > 15
    if name in ("Game", "Library", "SportsaiError"):
        return
    examples = re.findall(r"^>>> (.+)$", told, re.M)
    assert examples
    for example in examples:
        compile(example, name, "exec")
        for used in re.findall(r"\bsa\.(\w+)", example):
            assert used in sa.__all__


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(AttributeError, match="no attribute 'reed'"):
        _ = sa.reed  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="no attribute 'reed'"):
        _ = api.reed


def test_import_is_light() -> None:
    code = (
        "import sys, sportsai as sa\nfor name in set(sa.__all__) - {'Game', 'Library'}: getattr(sa, name)\n"
        "heavy = {'torch', 'pandas', 'numpy', 'matplotlib', 'duckdb', 'pyarrow'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_simulated_games_are_read_kept_and_asked(tmp_path: Path) -> None:
    files = sa.simulate_volleyball(tmp_path / "made", games=2, rallies=3, seed=5)
    assert [f.name for f in files] == ["simulated-1.parquet", "simulated-2.parquet"]
    game = sa.read(files[0], "volleyball")
    library = tmp_path / "library"
    assert sa.ingest(library, tmp_path / "made", "volleyball") == ["simulated-1", "simulated-2"]
    assert sa.ingest(library, files, "volleyball", limit=1) == [game.id]
    where = sa.positions(game)
    assert list(where.columns[:5]) == ["frame", "period", "t_s", "player_id", "name"]
    assert len(where) == int(game.tracks.present.sum())
    first = where[where["frame"] == int(game.tracks.frame[0])]
    assert np.allclose(first[["x", "y"]].to_numpy(), game.tracks.xy[0, game.tracks.present[0]])
    assert first["ball_x"].nunique() == 1 and np.isclose(first["ball_x"].iloc[0], game.tracks.ball_xy[0, 0])
    assert set(where["name"]) == {p.name for p in game.roster if p.id in set(where["player_id"])}
    counted = sa.sql("select game_id, count(*) n from events where type = 'serve' group by game_id order by 1", library)
    assert counted["n"].tolist() == [3, 3]
    assert {"level", "check", "text"} <= set(sa.quality(library, game.id))


def test_a_play_is_filmed_and_shown(tmp_path: Path) -> None:
    library = sa.Library(tmp_path / "library", create=True)
    game = make_game()
    library.add(game)
    event = pd.Series({"period": 1, "t_s": 62.5, "type": "pass", "start_frame": 0, "end_frame": 20})
    shown = sa.play(library, game.id, event, tmp_path / "play.gif")
    assert shown.path.read_bytes()[:3] == b"GIF"
    assert shown.title == "Home Town - Away City, period 1, 1:02.5, pass"
    page = shown._repr_html_()
    assert page.startswith('<img alt="Home Town - Away City, period 1') and "data:image/gif;base64," in page
    said = sa.Film(shown.path, '<b>"x"</b>')._repr_html_()
    assert "<b>" not in said and "&lt;b&gt;&quot;x&quot;" in said
    (tmp_path / "play.mp4").write_bytes(b"\0")
    assert "<video" in sa.Film(tmp_path / "play.mp4", "x")._repr_html_()


def test_scores_are_a_row_a_model() -> None:
    row = {"model": "boosted", "mean": {"mAP": 0.5}, "interval": [0.4, 0.6]}
    other = {"model": "majority", "mean": {"mAP": 0.1}, "interval": None}
    table = sa.scores({"rows": [row, other]})
    assert table["model"].tolist() == ["boosted", "majority"]
    assert table.loc[0, ["mAP", "low", "high"]].tolist() == [0.5, 0.4, 0.6]
    assert np.isnan(table.loc[1, "low"])
    ways = sa.scores({"ways": [{"title": "player known", "rows": [row]}]})
    assert ways.loc[0, "asked"] == "player known"


def test_wrong_input_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(sa.SportsaiError, match="there is no library here"):
        sa.quality(tmp_path / "none", "x")
    with pytest.raises(sa.SportsaiError, match="no file is named"):
        sa.read([], "soccer")
    with pytest.raises(sa.SportsaiError, match="no league named"):
        sa.read("x.json", "socer")
    library = sa.Library(tmp_path / "library", create=True)
    library.add(make_game())
    with pytest.raises(sa.SportsaiError, match='no game "mad-up"'):
        sa.play(library, "mad-up", {"period": 1, "t_s": 0, "type": "x", "start_frame": 0, "end_frame": 9}, "x.gif")
