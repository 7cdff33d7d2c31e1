"""A few of each kind of fault, of the thousands that `sportsai bench faults` makes; and that the bench sees a loss."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from sportsai.bench import _attacks, _faulty_commands, _kills, faults
from sportsai.bench._attacks import Attack, Through, attempt, harmless, refused
from sportsai.bench._attacks_pages import same
from sportsai.bench._faulty import Fault, State
from sportsai.bench._faulty_commands import Command
from sportsai.bench._fuzz import steady
from sportsai.bench._fuzz_targets import targets
from sportsai.errors import SportsaiError


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Command]:
    return _faulty_commands.commands(tmp_path_factory.mktemp("sources"))


@pytest.mark.parametrize("name", ["ingest, a game anew", "label"])
def test_a_command_that_is_killed_or_refused_loses_nothing(
    commands: dict[str, Command], name: str, tmp_path: Path
) -> None:
    bed = _kills.Bed(commands[name], tmp_path / "bed")
    tried = [_kills.killed_at_steps(bed, 8), _kills.killed_by_chance(bed, 1), _kills.refused(bed, errno.ENOSPC, 11)]
    tried += [_kills.short(bed, [300]), _kills.forbidden(bed)]
    assert [t.wrong for t in tried] == [[]] * len(tried)
    assert all(t.stopped for t in tried if t.what != "by chance")


def test_a_checkpoint_that_is_killed_is_that_of_an_epoch(commands: dict[str, Command], tmp_path: Path) -> None:
    bed = _kills.Bed(commands["a training's checkpoint"], tmp_path / "bed")
    tried = _kills.killed_at_steps(bed, 12)
    assert tried.wrong == []
    assert tried.stopped == tried.times > 1


def test_two_at_once_both_hold(commands: dict[str, Command], tmp_path: Path) -> None:
    tried = _kills.two_at_once(commands["label"], commands["ingest, a game anew"], tmp_path / "bed", 1)
    assert tried.wrong == []


def look(folder: Path) -> State:
    """What a careless writer leaves: two lines, or one of them."""
    path = folder / "file"
    return {"file": path.read_text()} if path.is_file() else {}


def test_a_writer_that_loses_something_is_seen(tmp_path: Path) -> None:
    def words(folder: Path):  # type: ignore[no-untyped-def]
        def careless() -> None:
            with (folder / "file").open("w") as file:
                file.write("one\n")
                file.flush()
            with (folder / "file").open("a") as file:
                file.write("two\n")

        return careless

    def prepare(folder: Path) -> None:
        (folder / "file").write_text("old\n")

    bed = _kills.Bed(Command("careless", words, prepare, look=look), tmp_path / "bed")
    assert bed.first.steps == 2
    tried = _kills.killed_at_steps(bed)
    assert (tried.times, tried.stopped, tried.lost) == (2, 2, 1)
    assert "neither the old nor the new" in tried.wrong[0]
    said = _kills.refused(bed, errno.ENOSPC)
    assert any("ended with 2: " in w and "OSError" in w for w in said.wrong)
    page = faults.page([tried.row(), {"part": "kills", "case": "time of kills", "minutes": 0.1}])
    assert any("**2 kills, lost: 1.**" in line for line in page)
    assert any(line.startswith("- before each step: careless") for line in page)


def test_the_clock_of_a_command_is_another(tmp_path: Path) -> None:
    def words(folder: Path):  # type: ignore[no-untyped-def]
        def tell() -> None:
            import time
            from datetime import UTC, datetime

            (folder / "file").write_text(f"{time.time():.0f} {datetime.now(UTC).year}")

        return tell

    from datetime import UTC, datetime

    from sportsai.bench._faulty import run

    run(words(tmp_path), tmp_path, Fault(clock_s=-2 * _kills.YEAR_S))
    seconds, year = (tmp_path / "file").read_text().split()
    assert int(year) in (datetime.now(UTC).year - 2, datetime.now(UTC).year - 1)
    assert datetime.fromtimestamp(int(seconds), UTC).year == int(year)


def test_mutated_inputs_lead_to_an_answer_or_a_line() -> None:
    found = [steady(target, 1 if name in faults.SLOW else 3, seed=7) for name, target in targets().items()]
    assert {f.target: f.problems for f in found if f.problems} == {}
    assert all(f.accepted + f.refused == f.inputs for f in found)
    page = faults.page([faults._target("inputs", f) for f in found])
    assert any(line.startswith(f"**{sum(f.inputs for f in found):,} inputs, problems: 0.**") for line in page)


KINDS = ("weights", "sql", "serve")
SLOW = ("a query that would", "pickles and torch", "names of teams")  # seconds, each: the bench makes them


@pytest.mark.parametrize(
    "attack", [a for a in _attacks.attacks(KINDS) if not a.what.startswith(SLOW)], ids=lambda a: a.what
)
def test_attacks_come_to_nothing(attack: Attack, tmp_path: Path) -> None:
    folder = tmp_path / "attack"
    folder.mkdir()
    times, _, wrong = attempt(attack, folder)
    assert wrong == []
    assert times


@pytest.mark.parametrize(
    "what",
    ["arrays of objects", "entities that name files", "zip members", "tar members", "ids of games", "list of games"],
)
def test_attacks_by_files_and_names_come_to_nothing(what: str, tmp_path: Path) -> None:
    (attack,) = (a for a in _attacks.attacks(("files", "pages")) if what in a.what)
    folder = tmp_path / "attack"
    folder.mkdir()
    assert attempt(attack, folder)[2] == []


def test_what_gets_through_is_seen(tmp_path: Path) -> None:
    class Two(SportsaiError):
        def __str__(self) -> str:
            return "one\nline"

    def bad() -> None:
        raise Two("two lines")

    with pytest.raises(Through, match="taken"):
        refused(lambda: 1)
    assert harmless(lambda: 1) == "read as it stands"
    for look_at in (refused, harmless):
        with pytest.raises(Through, match="more than a line"):
            look_at(bad)
    folder = tmp_path / "attack"
    folder.mkdir()
    made = Attack("x", "x", lambda folder: [str((folder.parent / _attacks.OUTSIDE).touch())])
    assert attempt(made, folder)[2] == ["outside was made"]
    assert attempt(Attack("x", "x", lambda folder: []), folder)[2] != []
    assert "ZeroDivisionError" in attempt(Attack("x", "x", lambda folder: [str(1 / 0)]), folder)[2][0]


@pytest.mark.parametrize(
    "hostile",
    [
        "<p class=a>hacked<b>x</b></p>", "<p class=a onclick=hacked()></p>",
        "<p class=a>hacked</p><script>hacked</script>",
        "<p class=a>letters</p>", "",
    ],
)  # fmt: skip
def test_a_text_that_became_markup_is_seen(hostile: str) -> None:
    assert same("<p class=a>hacked</p>", "<p class=a>letters</p>")
    with pytest.raises(Through):
        same(hostile, "<p class=a>letters</p>")


def test_every_path_of_every_command_is_tried_as_a_device() -> None:
    import click

    from sportsai.bench._attacks_devices import READS, WRITES
    from sportsai.cli import cli as root

    tried = {w for words in (*READS, *WRITES) for w in words}
    context = click.Context(root)

    def paths(command: click.Command) -> set[str]:
        if isinstance(command, click.Group):
            return {p for n in command.list_commands(context) for p in paths(command.get_command(context, n))}  # type: ignore[arg-type]
        mine = (p for p in command.params if isinstance(p, click.Option) and isinstance(p.type, click.Path))
        return {o for p in mine for o in p.opts[-1:]}

    folders = {"--keep", "--plots", "--study", "--fetch", "--tensorboard", "--clips", "--frames", "--csv", "--xml"}
    other = {"--output": "-o", "--out": "-o"}
    assert {other.get(p, p) for p in paths(root)} - folders <= {other.get(t, t) for t in tried}


def test_parts_are_made_each_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one part imports or starts is not there in the next."""
    asked = []

    def ended(command: list[str], **more: object) -> None:
        asked.append((command[3:5], more["check"]))
        Path(command[5]).write_text(json.dumps([{"part": command[3]}]))

    monkeypatch.setattr(faults.subprocess, "run", ended)
    assert faults.run(True, ["kills", "guided"]) == [{"part": "kills"}, {"part": "guided"}]
    assert faults.run(False) == [{"part": p} for p in faults.PARTS]
    assert asked[:2] == [(["kills", "quick"], True), (["guided", "quick"], True)] and asked[2] == (["kills", ""], True)
