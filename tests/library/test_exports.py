"""Events in other programs' formats: times of the recording, names that cannot break out, formulas that cannot run."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pandas as pd

from sportsai.data.events import events_frame
from sportsai.library.exports import safe_csv, write_csv, write_sportscode

FACTS = {
    "teams": [{"name": "A & <B>"}, {"name": "=cmd()"}],
    "tracks": {"rate_hz": [2, 1]},
    "periods": [{"start_frame": 0, "end_frame": 100}, {"start_frame": 200, "end_frame": 300}],
}  # fmt: skip
EVENTS = events_frame(
    {
        "event_id": ["a", "=1+1"], "type": ["shot", "foul"], "period": [1, 2], "t_s": [5.0, 10.0], "frame": [10, 220],
        "side": [0, -1], "score": [0.8, None], "start_frame": [6, 212], "end_frame": [14, 224],
        "attributes": [{"heat": 0.5}, {}],
    },
    2,
)  # fmt: skip


def test_instances_by_hand(tmp_path: Path) -> None:
    root = ElementTree.parse(write_sportscode(EVENTS, FACTS, tmp_path / "a.xml")).getroot()
    first, second = root.findall("ALL_INSTANCES/instance")
    assert [first.findtext(t) for t in ("ID", "start", "end", "code")] == ["1", "3.00", "7.00", "A & <B> shot"]
    assert second.findtext("start") == "56.00"  # 50 s of the first period, then 6
    assert second.findtext("code") == "foul"
    assert [label.findtext("text") for label in first.findall("label")] == ["1", "0:05.0", "80%"]
    assert second.findall("label")[2].findtext("text") in ("", None)


def test_a_spreadsheet_runs_nothing(tmp_path: Path) -> None:
    table = pd.read_csv(write_csv(EVENTS, tmp_path / "a.csv"))
    assert table["event_id"].tolist() == ["a", "'=1+1"]
    assert table["attributes"][0] == '{"heat": 0.5}'
    assert len(table) == 2


def test_no_cell_or_heading_of_a_table_begins_as_a_formula() -> None:
    import csv
    import io

    evil = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "a\r=1+1", "a\n=1", '"=1', "a,=1", "fine"]
    table = pd.DataFrame({"name": evil, "=heading": range(len(evil)), "minus": -1.5})
    text = safe_csv(table)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert [r[0] for r in rows[1:]] == [f"'{v}" if v[0] in "=+-@\t\r" else v for v in evil]
    assert rows[0] == ["name", "'=heading", "minus"]
    assert rows[1][2] == "-1.5"
    assert safe_csv(pd.DataFrame({"a": ["x"], "n": [1]})) == "a,n\nx,1\n"
