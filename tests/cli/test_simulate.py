"""sportsai simulate: games that say they are simulated, read and reported like any other; bad values in a line."""

from __future__ import annotations

from pathlib import Path


def test_simulated_games_are_read_and_the_report_says_what_they_are(type_, tmp_path: Path) -> None:
    said = type_("simulate", "volleyball", "-o", "made", "--games", "2", "--rallies", "3", "--seed", "5")
    assert "2 simulated games in made, seed 5" in said and "sportsai ingest made" in said
    names = sorted(p.name for p in (tmp_path / "made").iterdir())
    assert names == [
        "README.md", "simulated-1-events.csv", "simulated-1.parquet", "simulated-1.toml", "simulated-2-events.csv",
        "simulated-2.parquet", "simulated-2.toml",
    ]  # fmt: skip
    page = (tmp_path / "made" / "README.md").read_text()
    assert "SIMULATED by sportsai" in page and "--seed 5" in page
    before = {n: (tmp_path / "made" / n).read_bytes() for n in names}
    type_("simulate", "volleyball", "-o", "made", "--games", "2", "--rallies", "3", "--seed", "5")
    assert before == {n: (tmp_path / "made" / n).read_bytes() for n in names}
    said = type_("ingest", "made", "--league", "volleyball")
    assert "Simulated 1 - Simulated 2" in said and "Simulated 3 - Simulated 4" in said
    type_("report", "simulated-1", "-o", "r.html")
    html = (tmp_path / "r.html").read_text()
    assert "SIMULATED by sportsai" in html and "nobody played this" in html and "Simulated 1" in html


def test_bad_values_are_a_line(type_, tmp_path: Path) -> None:
    assert "volleyball" in type_("simulate", "--help")
    for words in (["--games", "0"], ["--rallies", "none"], ["--seed", "-1"], ["--net", "youth"]):
        said = type_("simulate", "volleyball", "-o", "made", *words, code=2)
        assert words[0].strip("-") in said.splitlines()[-1] and "Traceback" not in said
    (tmp_path / "file").write_text("")
    assert "file" in type_("simulate", "volleyball", "-o", "file", code=2)
    said = type_("simulate", "volleyball", "-o", "file/below", code=1)
    assert "a file stands where a folder should be" in said
    assert type_("simulate", "curling", code=2)
    type_("simulate", "volleyball", code=2)
    assert not (tmp_path / "made").exists()
