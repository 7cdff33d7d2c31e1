"""The report says what people answered, and counts what they vouch for as certain."""

from __future__ import annotations

import numpy as np
import pytest

from sportsai.library import Library
from sportsai.library.desk import Desk
from sportsai.report import build_report
from sportsai.report.counts import TypeScore, expected_count
from sportsai.report.material import gather
from tests.report.conftest import RUN, predicted, small_game

TEST = TypeScore("pass", 0.8, 0.5, 0.7, 200)


def test_what_a_person_vouches_for_is_certain() -> None:
    plain = expected_count([0.7] * 40, TEST)
    assert expected_count([0.7] * 40, TEST, 0) == plain
    assert plain.expected == pytest.approx(40 * 0.8 / 0.5)
    some = expected_count([1.0] * 10 + [0.7] * 30, TEST, 10)
    assert some.expected == pytest.approx(30 * 0.8 / 0.5 + 10 / 0.5)  # ten are right; half of all are missed
    every = expected_count([1.0] * 40, TEST, 40)
    assert every.expected == pytest.approx(80)
    assert every.low >= 40  # no fewer than were seen
    assert every.high - every.low < (plain.high - plain.low) * every.expected / plain.expected  # and known better
    few = expected_count([1.0, 1.0, 0.5])
    assert (few.n, few.expected, few.low, few.high) == (3, 2.5, 2, 3)


def corrected(library: Library) -> Desk:
    desk = Desk(library, "small")
    ids = [desk.event_id(n) for n in (1, 2, 3)]
    library.correct("small", [desk.confirm(ids[0], "Ada"), desk.reject(ids[1], "Ada")])
    library.correct("small", [desk.relabel(ids[2], "Ben <b>", type_="shot", note="<i>late</i>")])
    return desk


def test_the_report_tells_who_said_what(library: Library) -> None:
    before = gather(library, "small")
    desk = corrected(library)
    m = gather(library, "small")
    assert len(m.events) == len(before.events) - 1
    assert m.corrections["confirmed"] == m.corrections["rejected"] == m.corrections["relabelled"] == 1
    own = desk.rows.iloc[0]
    kind, side = str(own["type"]), int(own["side"])
    assert m.count(kind, side).low >= 1
    html = build_report(library, "small")
    assert "3 events corrected by Ada and Ben &lt;b&gt;: 1 confirmed, 1 rejected, 1 relabelled." in html
    assert "Confirmed by Ada, " in html
    assert "Relabelled by Ben \\u003cb\\u003e, " in html
    assert "\\u003ci\\u003elate" in html
    assert "<i>late" not in html


def test_a_shot_that_a_person_saw_does_not_hide_the_logged_ones(library: Library) -> None:
    game = small_game()
    log = predicted(game).iloc[:6].assign(type="shot", score=np.nan, event_id=[f"log{i}" for i in range(6)])
    library.add(small_game(events=log))
    library.write_predictions("small", predicted(game), RUN)
    corrected(library)
    m = gather(library, "small")
    assert len(m.of("shot")) == 7
    assert m.count("shot").n == 7


def test_a_refined_moment_still_opens_its_own_play(library: Library) -> None:
    events = predicted(small_game())
    moment = {"row": 5, "number": 6, "title": "x"}
    run = {**RUN, "run_id": "r2", "made_at": "2026-02-01", "refined_from": "r1",
           "refine": {"most": [moment, {**moment, "row": 1}], "list": [], "given": [], "labels": []}}  # fmt: skip
    library.write_predictions("small", events, run)
    desk = Desk(library, "small")
    wanted = str(library.predictions("small", "r2", corrected=False)[0]["event_id"][5])
    library.correct("small", [desk.reject(desk.event_id(2), "Ada")])
    m = gather(library, "small")
    rows = [e["row"] for e in m.part("refine")["most"]]
    assert m.events["event_id"][rows[0]] == wanted
    assert rows[1] == -1  # it was rejected
