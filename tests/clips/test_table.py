"""The table of clips: what it says by hand, and the line that is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sportsai.clips.table import load_clips, parted
from sportsai.errors import DataError
from sportsai.learn.lessons import deal


def folder(path: Path, text: str) -> Path:
    path.mkdir(exist_ok=True)
    (path / "a.mp4").write_bytes(b"x")
    (path / "clips.csv").write_text(text, encoding="utf-8-sig")
    return path


def test_stretches_games_and_labels(tmp_path: Path) -> None:
    text = "file,from_s,to_s,game,label\na.mp4,1.5,3,g2,set;jump\na.mp4,,,g1,set\n"
    clips = load_clips(folder(tmp_path, text))
    assert clips.names == ("jump", "set") and clips.y.tolist() == [[True, True], [False, True]] and clips.many
    assert clips.span[0].tolist() == [1.5, 3.0] and np.isnan(clips.span[1]).all() and clips.games == ["g1", "g2"]
    one = load_clips(folder(tmp_path, "file,game,what\na.mp4,g,b\na.mp4,g,a\n"), "what")
    assert not one.many and one.label.tolist() == [1, 0]
    none = load_clips(folder(tmp_path, "file,game,what\na.mp4,g,b\na.mp4,g,a\na.mp4,g,\n"), "what")
    assert none.many and none.y[2].tolist() == [False, False]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("file,game,label\nb.mp4,g,x\n", 'line 2, "file": no such file "b.mp4"'),
        ("file,game,label\na.mp4,g,x\n,g,x\n", 'line 3, "file": no such file'),
        ("file,game,label\na.mp4,,x\n", "no game"),
        ("file,game,labels\na.mp4,g,x\n", 'no column "label".*Did you mean "labels"'),
        ("file,game,label\na.mp4,g,x\na.mp4,h,x\n", "1 label in 2 clips"),
        ("file,game,label,from_s,to_s\na.mp4,g,x,5,4\n", "from 5 to 4 s"),
        ("file,game,label,from_s,to_s\na.mp4,g,x,5,\n", "from 5 to nan s"),
        ("file,game,label,from_s,to_s\na.mp4,g,x,soon,4\n", '"soon"; expected seconds'),
        ("file,game,label,from_s,to_s\na.mp4,g,x,0,inf\n", '"inf"; expected seconds'),
        ("", 'no column "file"'),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        load_clips(folder(tmp_path, text))


def test_no_folder_no_table_no_text(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        load_clips(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"holds no clips\.csv"):
        load_clips(tmp_path)
    (tmp_path / "clips.csv").write_bytes(b"file,game,label\n\xff\xfe")
    with pytest.raises(DataError, match="is no CSV"):
        load_clips(tmp_path)


def test_no_game_stands_in_two_parts_and_each_tests_once(tmp_path: Path) -> None:
    rows = "".join(f"a.mp4,g{n},{'xy'[k]}\n" for n in range(7) for k in range(2))
    clips = load_clips(folder(tmp_path, "file,game,label\n" + rows))
    tested: list[int] = []
    for turn in range(5):
        split = parted(clips, turn)
        games = [{clips.game[i] for i in part} for part in split.parts().values()]
        assert not games[0] & games[1] and not games[0] & games[2] and not games[1] & games[2]
        assert sum(len(part) for part in split.parts().values()) == len(clips)
        tested += split.test.tolist()
    assert sorted(tested) == list(range(len(clips)))


def test_too_few_games_and_a_label_that_nothing_teaches(tmp_path: Path) -> None:
    two = load_clips(folder(tmp_path, "file,game,label\na.mp4,g,x\na.mp4,h,y\n"))
    with pytest.raises(DataError, match=r"only 2 games \(g, h\); expected at least 3"):
        parted(two)
    rows = "".join(f"a.mp4,g{n},{'x' if n else 'y'}\n" for n in range(3))
    clips = load_clips(folder(tmp_path, "file,game,label\n" + rows + "a.mp4,g1,z\na.mp4,g2,z\n"))
    alone = next(turn for turn in range(3) if "g0" not in {clips.game[i] for i in _train(turn)})
    with pytest.raises(DataError, match='label "y" has no clip in the games that train'):
        parted(clips, alone)


def _train(turn: int) -> list[int]:
    """Return who trains of clips of g0, g1, g2, g1, g2: one game, the one that neither tests nor validates."""
    part = deal(["g0", "g1", "g2"], 5, 0)
    return [i for i, g in enumerate(("g0", "g1", "g2", "g1", "g2")) if part[g] == (turn + 2) % 3]
