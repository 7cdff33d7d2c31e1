"""A query's answer as a file: a table, SportsCode instances, one film of all plays, or a page of plays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

TABLES = (".csv", ".json", ".parquet")
FILMS = (".mp4", ".gif")
KNOWN = (*TABLES, ".xml", *FILMS, ".html")
MOST_FILMS = 12


def write_table(table: Any, path: Path) -> Path:
    """Write a table by the file's ending, all or nothing; DataError for an ending that is no table's."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from sportsai.errors import DataError
    from sportsai.library.atomic import store_errors, write_bytes
    from sportsai.library.exports import safe_csv
    from sportsai.library.form import dump_json

    ending = path.suffix.lower()
    if ending not in TABLES:
        raise DataError(f'a table cannot be written as "{ending or path.name}"', path=path, expected=" ".join(TABLES))
    if ending == ".csv":
        content = safe_csv(table).encode("utf-8")
    elif ending == ".json":
        content = dump_json(table.astype(object).where(table.notna(), None).to_dict(orient="records"))
    else:
        sink = pa.BufferOutputStream()
        table.attrs = {}
        pq.write_table(pa.Table.from_pandas(table, preserve_index=False), sink, compression="zstd")
        content = sink.getvalue().to_pybytes()
    with store_errors(path, "writing the answer", ""):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content)
    return path


def write(
    asked: Any, library: Any, path: Path, limit: int | None, everything: bool, video: Path | None, command: str
) -> list[str]:
    """Write the answer of a query by the file's ending; return lines that say what was written and what was not.

    limit: answers at most; None for all, of films MOST_FILMS unless `everything`. Nothing is written for no answer.
    """
    from sportsai.errors import DataError
    from sportsai.queries.answer import ordered, table

    ending = path.suffix.lower()
    if ending not in KNOWN:
        raise DataError(f'no output ends in "{ending or path.name}"', path=path, expected=" ".join(KNOWN))
    if ending in TABLES:
        made, n = table(asked, limit)
        return [f"{write_table(made, path)}: {_of(len(made), n)}"]
    if asked.query.counted:
        raise DataError(f"counts cannot be written as {ending}", path=path, expected=" ".join(TABLES),
                        todo="Leave the count out of the query.")  # fmt: skip
    order = ordered(asked)
    if not len(order):
        return []
    if ending == ".xml":
        return list(_sportscode(asked, library, order[:limit], len(order), path))
    if ending in FILMS:
        from sportsai.cli._playlist import write_film

        most = limit if limit is not None or everything else MOST_FILMS
        filmed, missed = write_film(asked, library, order[:most], path, video)
        left = f"; {len(order) - most:,} more: --limit N or --all" if most is not None and len(order) > most else ""
        return [f"{path}: {_of(filmed, len(order))}{left}", *missed]
    from sportsai.report.playlist import write_page

    plays = clips(asked, order[:limit])
    page = write_page(library, plays, path, title=asked.text, read_as=asked.read_as, notes=asked.notes,
                      found=len(order), command=command)  # fmt: skip
    return [f"{path}: {_of(page, len(order))}"]


def _of(made: int, n: int) -> str:
    return f"{made:,} answer{'s' if made != 1 else ''}" if made == n else f"{made:,} of {n:,} answers"


def clips(asked: Any, which: Any) -> list[dict[str, Any]]:
    """Return what a page or a film shows of each match: game, frames [start, end) and its events in words."""
    from sportsai.queries.answer import clocks, people, team_names, teams_of

    c, m = asked.columns, asked.matches.take(which)
    names, teams, out = people(c), team_names(c), []
    when = clocks(asked, m.rows[:, 0])
    for k, events in enumerate(m.rows.tolist()):
        first = events[0]
        seen = [e for e in events if c.last[e] > c.first[e] >= 0]
        said = []
        for e in events:
            score, team = float(c.score[e]), int(teams_of(c, m.rows[k : k + 1, :])[0, events.index(e)])
            said.append({
                "type": c.types[c.type[e]], "player_id": c.people[c.player[e]][1] if c.player[e] >= 0 else None,
                "player": names[c.player[e]] if c.player[e] >= 0 else None, "side": int(c.side[e]),
                "team": teams[team] if team >= 0 else None, "probability": None if score != score else score,
                "after_s": float(c.t_s[e] - c.t_s[first]), "frame": int(c.frame[e]),
                "recognised": bool(c.source[e] == 0),
            })  # fmt: skip
        out.append({
            "game": c.games[c.game[first]].id, "period": int(c.period[first]), "t_s": float(c.t_s[first]),
            "clock": when[k], "events": said, "start_frame": min((int(c.first[e]) for e in seen), default=-1),
            "end_frame": max((int(c.last[e]) for e in seen), default=-1),
        })  # fmt: skip
    return out


def said_of(clip: dict[str, Any]) -> str:
    """Return a clip in a line: "14:18 pass, Joshua Kimmich; turnover, Marco Reus +1.6 s"."""
    parts = []
    for n, e in enumerate(clip["events"]):
        who = f", {e['player']}" if e["player"] else ""
        parts.append(f"{e['type'].replace('_', ' ')}{who}" + (f" {e['after_s']:+.1f} s" if n else ""))
    return f"{clip['clock'] or ''} {'; '.join(parts)}".strip()


def _sportscode(asked: Any, library: Any, which: Any, n: int, path: Path) -> Iterator[str]:
    """Write a timeline a game: one of a single game under the name given, of several with the game's id in it."""
    import pandas as pd

    from sportsai.errors import DataError
    from sportsai.library.exports import write_sportscode

    each: dict[str, list[dict[str, Any]]] = {}
    for clip in clips(asked, which):
        if clip["end_frame"] > clip["start_frame"] >= 0:
            each.setdefault(clip["game"], []).append(clip)
    if not each:
        raise DataError("none of these events has frames", path=path, todo="Write .csv instead: it holds their times.",
                        expected="events of games with tracking or footage")  # fmt: skip
    for game, mine in each.items():
        of = path if len(each) == 1 else path.with_name(f"{path.stem}-{game}{path.suffix}")
        events = pd.DataFrame(
            [{"side": c["events"][0]["side"], "score": c["events"][0]["probability"], "t_s": c["t_s"],
              "period": c["period"], "type": " then ".join(e["type"] for e in c["events"]),
              "start_frame": c["start_frame"], "end_frame": c["end_frame"]} for c in mine]
        )  # fmt: skip
        write_sportscode(events, library.facts(game), of)
        yield f"{of}: {len(mine):,} instance{'s' if len(mine) != 1 else ''} of game {game}"
    missing = len(which) - sum(len(v) for v in each.values())
    if missing:
        yield f"{missing:,} answers without frames left out"
