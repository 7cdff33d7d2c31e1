"""How long a query takes over 1,000,000 events of 500 games, beside plain DuckDB SQL that asks the same.

The events are simulated: types, players, places and times drawn at random, in a library as `sportsai ingest` and
`analyse` leave it. One process, the library open: the least of 15 calls of `query`, each of which looks whether
any file changed and makes a table of 50 rows (all rows: of every answer). DuckDB has the events as a table of its own
in memory, two threads, and ASOF joins where it can. Both must find as many answers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

TITLE = "Queries: 1,000,000 simulated events of 500 games, beside DuckDB SQL"
GAMES, EVENTS = 500, 2000
LOOKUP_MS, SEQUENCE_MS = 150.0, 500.0
TEAMS, SQUAD = 20, 14
TYPES = ("pass", "carry", "turnover", "shot", "foul")
SHARES = (0.52, 0.3, 0.1, 0.05, 0.03)

_A_B = "select a.n from (select * from ev where type='{a}') a asof join (select * from ev where type='{b}') b on "
# what is asked: (query, the same in SQL, target in ms)
CASES = (
    ("pass by 'Player 3 of Team 7' in period 2",
     "select count(*) from ev where type='pass' and name='Player 3 of Team 7' and period=2", LOOKUP_MS),
    ("shot in final third with probability >= 0.8",
     "select count(*) from ev where type='shot' and score >= 0.8::float and x_right >= 105/6", LOOKUP_MS),
    ("turnover for 'Team 3' between 10:00 and 20:00",
     "select count(*) from ev where type='turnover' and team='Team 3' and period=1 and ms>=600000 and ms<1200000",
     LOOKUP_MS),
    ("pass count by player top 5",
     "select count(*) from (select name, count(*) n from ev where type='pass' group by name order by n desc limit 5)",
     LOOKUP_MS),
    ("pass then shot within 5s",
     "select count(*) from (" + _A_B.format(a="pass", b="shot")
     + "a.segment=b.segment and a.ms < b.ms where b.ms - a.ms <= 5000)", SEQUENCE_MS),
    ("pass then shot within 5s by same player",
     "select count(*) from (" + _A_B.format(a="pass", b="shot")
     + "a.segment=b.segment and a.player_id=b.player_id and a.ms < b.ms where b.ms - a.ms <= 5000)", SEQUENCE_MS),
    ("turnover in own half then shot within 10s by other team",
     "select count(*) from (select a.n from (select *, 1-side as them from ev where type='turnover' and x_right < 0) a "
     "asof join (select * from ev where type='shot') b on a.segment=b.segment and a.them=b.side and a.ms < b.ms "
     "where b.ms - a.ms <= 10000)", SEQUENCE_MS),
    ("pass then pass then shot within 5s",
     "with p as (select * from ev where type='pass'), two as (select a.n, a.segment, b.ms from p a asof join p b on "
     "a.segment=b.segment and a.ms < b.ms) select count(*) from two asof join (select * from ev where type='shot') c "
     "on two.segment=c.segment and two.ms < c.ms where c.ms - two.ms <= 5000", SEQUENCE_MS),
    ("shot and no foul within 10s",
     "select count(*) from (select * from ev where type='shot') a where not exists (select 1 from ev b where "
     "b.type='foul' and a.segment=b.segment and b.ms between a.ms - 10000 and a.ms + 10000)", SEQUENCE_MS),
)  # fmt: skip
_MEASURED = """
import json, resource, sys, time
folder, cases = sys.argv[1], json.loads(sys.argv[2])
from sportsai.library import Library
from sportsai.queries import query
def timed(act, times=15):
    each = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        each.append(time.perf_counter() - start)
    return 1000 * min(each)
start = time.perf_counter()
library = Library(folder)
query(cases[0], library, limit=50)
first_s = time.perf_counter() - start
out = []
for text in cases:
    n = query(text, library, limit=50).attrs["rows"]
    out.append([n, timed(lambda: query(text, library, limit=50)), timed(lambda: query(text, library), 3)])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"first_s": first_s, "cases": out, "peak_mb": peak}))
"""
_DUCKDB = """
import json, sys, time
folder, cases = sys.argv[1], json.loads(sys.argv[2])
from sportsai.library import Library
from sportsai.library.query import connect
con = connect(Library(folder))
start = time.perf_counter()
con.execute('''create table ev as select row_number() over () n, e.game_id, e.type, e.period, e.side, e.player_id,
  p.name, p.team, e.score, cast(round(e.t_s * 1000) as bigint) ms,
  e.x * (case when (e.side + e.period) % 2 = 1 then 1 else -1 end) x_right,
  cast(e.game_id as bigint) * 8 + e.period as segment
  from predictions e left join players p on p.game_id = e.game_id and p.player_id = e.player_id''')
first_s = time.perf_counter() - start
out = []
for sql in cases:
    each = []
    for _ in range(15):
        start = time.perf_counter()
        n = con.execute(sql).fetchone()[0]
        each.append(time.perf_counter() - start)
    out.append([n, 1000 * min(each)])
print(json.dumps({"first_s": first_s, "cases": out}))
"""


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Return a row a query, and of opening the library and of the whole command; quick: a tenth of the games."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "library"
        games = GAMES // 10 if quick else GAMES
        write_library(folder, games)
        ours = _run(_MEASURED, folder, [q for q, _, _ in CASES])
        theirs = _run(_DUCKDB, folder, [s for _, s, _ in CASES])
        rows = []
        each = zip(CASES, ours["cases"], theirs["cases"], strict=True)
        for (text, _, target), (n, ms, all_ms), (n_sql, sql_ms) in each:
            rows.append({
                "case": text, "answers": n, "ours_ms": round(ms, 1), "all_rows_ms": round(all_ms, 1),
                "duckdb_ms": round(sql_ms, 1), "duckdb_answers": n_sql, "target": f"{target:.0f} ms",
                "ok": ms <= target and n == n_sql,
            })  # fmt: skip
        rows.append({
            "case": f"open {games} games of {EVENTS:,} events and ask the first query",
            "ours_ms": round(1000 * ours["first_s"], 1), "duckdb_ms": round(1000 * theirs["first_s"], 1),
            "note": f"peak {ours['peak_mb']:.0f} MB; the machine's load was {load:.1f} before all this",
        })  # fmt: skip
        for text in (CASES[0][0], CASES[4][0]):
            rows.append({
                "case": f'whole command: sportsai query "{text}"', "ours_ms": round(_command_ms(folder, text), 1),
                "note": "Python's start, reading every file, the answer",
            })  # fmt: skip
    return rows


def page(rows: list[dict[str, Any]]) -> list[str]:
    """Return the page: what was measured, and a row each."""
    columns = list(dict.fromkeys(k for r in rows for k in r))
    cell = {True: "yes", False: "no", None: ""}
    lines = [
        "",
        "Types, players, places and times are drawn at random: nobody played these games. One process, library open. "
        "`ours_ms`: the least of 15 calls of `sportsai.query`, each of which looks whether any file changed, reads "
        "the query, and makes a table of at most 50 rows; `all_rows_ms`: of all rows. `duckdb_ms`: the least of 15 "
        "runs of plain SQL that counts the same, over one table in DuckDB's own memory (made in the time of the row "
        '"open"), two threads, ASOF joins where one can be. A row is ok where the time is kept and both find as many.',
        "",
        f"| {' | '.join(columns)} |",
        f"|{'---|' * len(columns)}",
    ]
    for r in rows:
        values = [r.get(c) for c in columns]
        shown = [cell[v] if v is None or isinstance(v, bool) else f"{v:,}" if isinstance(v, (int, float)) else str(v)
                 for v in values]  # fmt: skip
        lines.append(f"| {' | '.join(shown)} |")
    return lines


def _run(code: str, folder: Path, cases: list[str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), json.dumps(cases)], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def _command_ms(folder: Path, text: str) -> float:
    import time

    command = [sys.executable, "-m", "sportsai", "query", text, "--library", str(folder)]
    each = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        each.append(time.perf_counter() - start)
    return 1000 * sorted(each)[1]


def write_library(folder: Path, games: int, events: int = EVENTS) -> None:
    """Write a library of simulated games: two halves of 45 min, home attacks right in the first."""
    from sportsai.library import Library

    library = Library(folder, create=True)
    for game, table in simulated(games, events):
        library.add(game)
        library.write_predictions(game.id, table, {"run_id": "simulated", "made_at": "2026-01-01"})


def simulated(games: int, events: int) -> Iterator[tuple[Any, Any]]:
    """Yield games and their events, all drawn at random; times are tenths of a second, none twice in a half."""
    from sportsai.data import Game, Period, Player, Team, events_frame

    for g in range(games):
        rng = np.random.default_rng(g)
        home, away = rng.choice(TEAMS, 2, replace=False).tolist()
        teams = (Team(f"t{home}", f"Team {home}"), Team(f"t{away}", f"Team {away}"))
        roster = tuple(
            Player(f"t{t}p{k}", f"Player {k} of Team {t}", side)
            for side, t in enumerate((home, away))
            for k in range(SQUAD)
        )
        game = Game(
            id=str(g), league="soccer", teams=teams, roster=roster, court_length_m=105.0, court_width_m=68.0,
            periods=(Period(1, 0, 27000, 0), Period(2, 27000, 54000, 1)), provider="simulated",
        )  # fmt: skip
        half = events // 2
        tenths = np.concatenate([np.sort(rng.choice(27000, half, replace=False)) for _ in (1, 2)])
        period = np.repeat([1, 2], half)
        side = rng.integers(0, 2, 2 * half)
        who = rng.integers(0, SQUAD, 2 * half)
        frame = tenths + 27000 * (period - 1)
        yield game, events_frame({
            "period": period, "t_s": tenths / 10, "frame": frame, "start_frame": frame, "end_frame": frame + 10,
            "type": rng.choice(TYPES, 2 * half, p=SHARES), "side": side,
            "player_id": [f"t{(home, away)[s]}p{k}" for s, k in zip(side.tolist(), who.tolist(), strict=True)],
            "x": rng.uniform(-52.5, 52.5, 2 * half), "y": rng.uniform(-34, 34, 2 * half),
            "score": rng.uniform(0.3, 1, 2 * half),
        })  # fmt: skip
