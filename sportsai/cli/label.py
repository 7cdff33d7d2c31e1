"""sportsai label: go through a game's events and say which are right, which are not, and what is missing."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import click

from sportsai.cli._options import json_option, library_option, print_json, print_table

_ASK = "c confirm, r reject, l relabel, p player, s skip, q quit"


class Numbers(click.ParamType):
    """Numbers of events: 3, or 3,7,10-12."""

    name = "numbers"

    def convert(self, value: Any, param: Any, ctx: Any) -> list[int]:
        """Return the numbers in the order they were said."""
        found: list[int] = []
        for part in str(value).replace(",", " ").split():
            told = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", part)
            if not told or int(told[2] or told[1]) < int(told[1]):
                self.fail(f"{part!r} is no number of an event; expected 3, or 3,7,10-12.", param, ctx)
            found += range(int(told[1]), int(told[2] or told[1]) + 1)
        return found


class Pair(click.ParamType):
    """An event's number and a word: 17=turnover."""

    name = "pair"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, str]:
        """Return the number and the word."""
        number, eq, word = str(value).partition("=")
        if not eq or not number.strip().isdigit() or not word.strip():
            self.fail(f"{value!r} says nothing; expected the event's number, = and a word, as 17=turnover.", param, ctx)
        return int(number), word.strip()


@click.command("label", short_help="Confirm, reject, relabel or add events.")
@click.argument("game")
@click.option("--type", "type_", metavar="EVENT", help="List events of this type only.")
@click.option("--period", type=int, metavar="N", help="List this period only.")
@click.option("--unsure", is_flag=True, help="List those without an answer, probability nearest to 0.5 first.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, metavar="N", help="Rows at most.")
@click.option(
    "--run", "run_id", metavar="RUN", help="Events of this run.  [default: the newest analysis, else the log]"
)
@click.option(
    "--kind", metavar="KIND", help="Events of the newest run of a kind (detect), or of the provider's log (log)."
)
@click.option("--confirm", "confirmed", multiple=True, type=Numbers(), metavar="N,...", help="These are right.")
@click.option("--reject", "rejected", multiple=True, type=Numbers(), metavar="N,...", help="These did not happen.")
@click.option("--relabel", "relabelled", multiple=True, type=Pair(), metavar="N=EVENT", help="This was another event.")
@click.option("--player", "players", multiple=True, type=Pair(), metavar="N=NAME", help="This was another player's.")
@click.option("--add", "added", multiple=True, metavar="'TIME EVENT [PLAYER]'", help="This is missing.")
@click.option("--withdraw", "withdrawn", multiple=True, metavar="ID", help="Take a correction back.")
@click.option("--history", is_flag=True, help="List everything that was said, oldest first.")
@click.option("--review", is_flag=True, help="Go through the events one by one.")
@click.option("--by", metavar="NAME", help="Who says so.  [default: SPORTSAI_ANALYST, else your login name]")
@click.option("--note", default="", metavar="TEXT", help="Why, in a line.")
@click.option("--import", "sheet_in", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.csv",
              help="Take in corrections that --export wrote.")  # fmt: skip
@click.option("--export", "sheet_out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.csv",
              help="Write all corrections of the game.")  # fmt: skip
@library_option
@json_option
def command(
    game: str, type_: str | None, period: int | None, unsure: bool, limit: int, run_id: str | None, kind: str | None,
    confirmed: tuple[list[int], ...], rejected: tuple[list[int], ...], relabelled: tuple[tuple[int, str], ...],
    players: tuple[tuple[int, str], ...], added: tuple[str, ...], withdrawn: tuple[str, ...], history: bool,
    review: bool, by: str | None, note: str, sheet_in: Path | None, sheet_out: Path | None, library_folder: str,
    as_json: bool,
) -> None:  # fmt: skip
    """List the events of GAME with their numbers, and keep what you say of them.

    What you say is kept with your name and the time, and counts from then on in reports, queries, films and exports.
    Reading the game again or analysing it anew loses nothing of it: a new run's event of the same type within a second
    takes it over. `sportsai refine GAME` says what follows from it.

    \b
    Examples:
      sportsai label 2417 --unsure --limit 20
      sportsai label 2417 --confirm 3,7,10-12 --reject 8 --by Ada
      sportsai label 2417 --relabel 17=turnover --player 17=Kimmich
      sportsai label 2417 --add "12:30 shot 'Lewandowski'" --note "seen on the video"
      sportsai label 2417 --review --unsure
      sportsai label 2417 --history
      sportsai label 2417 --export said.csv
    """
    from sportsai.library import Library
    from sportsai.library.corrections import default_name
    from sportsai.library.desk import Desk, told

    library, by = Library(library_folder), by if by is not None else default_name()
    if history:
        _history(library, game, as_json)
        return
    if sheet_out is not None:
        from sportsai.library.sheets import write_sheet

        said = library.corrections(game)
        write_sheet(said, sheet_out)
        click.echo(f"{sheet_out} ({len(said)} correction{'s' * (len(said) != 1)})")
        return
    desk = Desk(library, game, run_id, kind)
    new = _taken_in(desk, sheet_in) if sheet_in is not None else []
    new += _answers(desk, by, note, confirmed, rejected, relabelled, players)
    new += [_add(desk, text, by, note) for text in added]
    new += [_withdrawal(one, by, note) for one in withdrawn]
    if new:
        before = len(library.corrections(game))
        whole = library.correct(game, new)
        kept = whole[before:]
        if as_json:
            print_json([_plain(c) for c in kept])
            return
        click.echo(f"Kept for {game}: {told(kept)}." if kept else "All of it was said before.")
        for c in kept:
            click.echo(f"  {_line(desk, c)}")
        return
    if sheet_in is not None:
        click.echo("The file holds no correction.")
        return
    rows = _chosen(desk, type_, period, unsure)
    if review:
        _review(desk, rows, by, note)
        return
    _list(desk, rows, limit, as_json)


# ---- what was said on the command line -------------------------------------------------------------------------------


def _answers(
    desk: Any, by: str, note: str, confirmed: tuple[list[int], ...], rejected: tuple[list[int], ...],
    relabelled: tuple[tuple[int, str], ...], players: tuple[tuple[int, str], ...],
) -> list[Any]:  # fmt: skip
    from sportsai.errors import DataError

    changes: dict[int, dict[str, str]] = {}
    for key, pairs in (("type_", relabelled), ("player", players)):
        for number, word in pairs:
            if key in changes.setdefault(number, {}):
                raise DataError(f"two things are said of event {number}", expected="one answer an event")
            changes[number][key] = word
    plain = [("confirm", n) for each in confirmed for n in each] + [("reject", n) for each in rejected for n in each]
    numbers = [n for _, n in plain] + list(changes)
    twice = next((n for n in numbers if numbers.count(n) > 1), None)
    if twice is not None:
        raise DataError(f"two things are said of event {twice}", expected="one answer an event")
    out = [getattr(desk, act)(desk.event_id(n), by, note) for act, n in plain]
    return out + [desk.relabel(desk.event_id(n), by, note=note, **c) for n, c in changes.items()]


def _add(desk: Any, text: str, by: str, note: str) -> Any:
    from sportsai.errors import DataError

    try:
        words = shlex.split(text)
    except ValueError:
        words = []
    if not 2 <= len(words) <= 3:
        raise DataError(f'--add "{text}" is not understood', expected="a time, an event and a player in quotes",
                        todo="For example: --add \"12:30 shot 'Lewandowski'\".")  # fmt: skip
    return desk.add(words[0], words[1], by, player=words[2] if len(words) > 2 else None, note=note)


def _withdrawal(of: str, by: str, note: str) -> Any:
    from sportsai.library.corrections import make

    return make("withdraw", by, of=of, note=note)


def _taken_in(desk: Any, path: Path) -> list[Any]:
    """Return a file's corrections; DataError naming the line of a type, period or player that is not of this game."""
    from sportsai.errors import DataError, nearest, one_line
    from sportsai.library.sheets import read_sheet

    said = read_sheet(path)
    for line, c in enumerate(said, 2):
        if c.now is not None and c.now.type not in desk.types:
            raise DataError(f'"{c.now.type}" is no event of {desk.league.full_name}', path=path, line=line,
                            key="now_type", todo=nearest(c.now.type, desk.types))  # fmt: skip
        for part, event in (("was", c.was), ("now", c.now)):
            if event is not None and event.period not in desk.periods:
                raise DataError(f"there is no period {event.period} in this game", path=path, line=line,
                                key=f"{part}_period", expected=", ".join(map(str, desk.periods)))  # fmt: skip
        if c.now is not None and c.now.player_id is not None and c.now.player_id not in desk.people:
            raise DataError(f'"{one_line(c.now.player_id, 40)}" is nobody on the roster', path=path, line=line,
                            key="now_player_id", todo=nearest(c.now.player_id, desk.people))  # fmt: skip
    return said


# ---- what is shown ---------------------------------------------------------------------------------------------------


def _chosen(desk: Any, type_: str | None, period: int | None, unsure: bool) -> Any:
    rows = desk.rows
    if type_ is not None:
        rows = rows[rows["type"] == desk.known_type(type_)]
    if period is not None:
        rows = rows[rows["period"] == period]
    if unsure:
        rows = rows[(rows["state"] == "") & rows["score"].notna()]
        rows = rows.iloc[(rows["score"] - 0.5).abs().argsort(kind="stable").to_numpy()]
    return rows


def _told(desk: Any, e: Any) -> dict[str, Any]:
    """Return an event as it is listed."""
    who = next((p["name"] for p in desk.facts["roster"] if p["id"] == e["player_id"]), None)
    side, score = int(e["side"]), float(e["score"])
    return {
        "number": int(e["number"]), "clock": desk.clock(int(e["period"]), float(e["t_s"])), "event": str(e["type"]),
        "player": who, "team": desk.facts["teams"][side]["name"] if side in (0, 1) else None,
        "probability": None if score != score else round(score, 3), "said": str(e["state"]), "by": str(e["by"]),
    }  # fmt: skip


def _list(desk: Any, rows: Any, limit: int, as_json: bool) -> None:
    shown = rows.head(limit).to_dict("records")
    if as_json:
        more = ("event_id", "period", "t_s", "frame", "player_id", "side")
        print_json([{**_told(desk, e), **{k: e[k] for k in more}} for e in shown])
        return
    if not shown:
        click.echo("No event is as asked." if len(desk.rows) else "This game has no events: --add says what happened.")
        return
    told = [_told(desk, e) for e in shown]
    print_table(list(told[0]), [list(t.values()) for t in told])
    run = desk.run["run_id"] if desk.run else "the provider's log"
    click.echo(f"{len(shown)} of {len(rows)} events, of {run}")


def _plain(c: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return {k: v for k, v in asdict(c).items() if v not in (None, "")}


def _line(desk: Any, c: Any) -> str:
    event = c.now or c.was
    what = f"{c.id}  {c.action}"
    if c.action == "withdraw":
        return f"{what} of {c.of}"
    if event is not None:
        what += f"  {desk.clock(event.period, event.t_s)}  {event.type}"
        if c.action == "relabel" and c.was is not None and c.was.type != event.type:
            what += f" (was {c.was.type})"
        who = next((p["name"] for p in desk.facts["roster"] if p["id"] == event.player_id), None)
        what += f", {who}" if who else ""
    return what


def _history(library: Any, game: str, as_json: bool) -> None:
    from sportsai.library.corrections import withdrawn
    from sportsai.library.desk import clock_of

    said = library.corrections(game)
    if as_json:
        print_json([_plain(c) for c in said])
        return
    if not said:
        click.echo("Nothing was said of this game yet.")
        return
    gone, clock = withdrawn(said), clock_of(library.facts(game))
    rows = []
    for c in said:
        event, before = c.now or c.was, c.was.type if c.was else ""
        at = clock(event.period, event.t_s) if event else ""
        now = c.of if c.action == "withdraw" else event.type if event and event.type != before else ""
        rows.append([c.id, c.made_at[:19].replace("T", " "), c.by, c.action, at, before, now,
                     "withdrawn" if c.id in gone else "", c.note])  # fmt: skip
    print_table(["id", "when (UTC)", "by", "action", "clock", "was", "now", "", "note"], rows)


# ---- one by one ------------------------------------------------------------------------------------------------------


def _review(desk: Any, rows: Any, by: str, note: str) -> None:
    """Ask about each event that nobody answered yet; each answer is kept at once, so a stopped review goes on."""
    from sportsai.errors import DataError

    left = rows[rows["state"] == ""].to_dict("records")
    click.echo(f"{len(left)} events without an answer. {_ask_line()}")
    kept = 0
    for k, e in enumerate(left, 1):
        t = _told(desk, e)
        sure = "" if t["probability"] is None else f", {t['probability']:.0%} sure"
        whose = ", ".join(str(v) for v in (t["player"], t["team"]) if v)
        click.echo(f"[{k} of {len(left)}] {t['number']}  {t['clock']}  {t['event']}{sure}  {whose}")
        while True:
            click.echo("> ", nl=False)
            key = _key()
            click.echo(key if key.isprintable() else "")
            if key in ("q", "\x03", "\x04", ""):
                click.echo(f"{kept} kept.")
                return
            if key == "s":
                break
            try:
                said = _answer(desk, key, str(e["event_id"]), by, note)
            except DataError as bad:
                click.echo(str(bad))
                continue
            if said is None:
                click.echo(_ask_line())
                continue
            desk.library.correct(desk.game_id, [said])
            kept += 1
            break
    click.echo(f"{kept} kept.")


def _key() -> str:
    from sportsai.errors import DataError

    try:
        return str(click.getchar()).lower()
    except OSError:
        click.echo()
        raise DataError("there is no terminal to answer in", key="--review",
                        todo="Answer by number: --confirm 3,7 --reject 8.") from None  # fmt: skip
    except EOFError:
        return "q"


def _ask_line() -> str:
    return f"Keys: {_ASK}."


def _answer(desk: Any, key: str, event_id: str, by: str, note: str) -> Any:
    if key in ("c", "r"):
        return (desk.confirm if key == "c" else desk.reject)(event_id, by, note)
    if key == "l":
        return desk.relabel(event_id, by, type_=click.prompt("It was"), note=note)
    if key == "p":
        return desk.relabel(event_id, by, player=click.prompt("It was"), note=note)
    return None
