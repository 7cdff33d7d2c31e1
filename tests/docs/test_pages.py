"""README and guides: references as the code has them, command lines that parse, names and links that lead on."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import click
import pytest

import sportsai as sa
from sportsai.cli import cli
from sportsai.docs import ROOT, command_line, functions, keys
from sportsai.docs.pictures import MOST_BYTES, PICTURES, SHOTS
from sportsai.docs.reference import PAGES
from sportsai.errors import SportsaiError

DOCS = ROOT / "docs"
TEXTS = sorted([ROOT / "README.md", ROOT / "reports" / "examples" / "README.md", *DOCS.glob("*.md")])
LINKS = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def fenced(text: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.M | re.S)


def command_lines(text: str) -> list[list[str]]:
    """Every `sportsai ...` in the shell blocks of a page, as words."""
    found = []
    for block in fenced(text, "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            lexer = shlex.shlex(line, posix=True, punctuation_chars=";|()")
            lexer.commenters, lexer.whitespace_split = "#", True
            words: list[str] = []
            for word in [*lexer, ";"]:
                if set(word) <= set(";|()&"):
                    starts = [i for i, w in enumerate(words) if Path(w).name == "sportsai" or w.endswith("$sportsai")]
                    found += [words[starts[0] + 1 :]] if starts else []
                    words = []
                else:
                    words.append(word)
    return found


def parsed(words: list[str], command: click.Command, name: str) -> None:
    """Let click parse a command line, groups first, without running anything."""
    if isinstance(command, click.Group) and words and not words[0].startswith("-"):
        below = command.get_command(click.Context(command), words[0])
        assert below is not None, f"{name} {words[0]}"
        parsed(words[1:], below, f"{name} {words[0]}")
        return
    try:
        command.make_context(name, list(words))
    except click.exceptions.Exit:  # --help
        pass
    except click.exceptions.NoArgsIsHelpError:
        pass


@pytest.mark.parametrize("page", sorted(PAGES))
def test_references_are_fresh(page: str) -> None:
    assert (DOCS / page).read_text() == PAGES[page](), "stale: `make docs` writes it again"


def test_every_key_has_a_meaning() -> None:
    rows = [line.split(" | ") for line in keys.text().splitlines() if line.startswith("| `")]
    assert len(rows) > 150
    assert not [row[0] for row in rows if not row[3].strip(" |")]


def test_every_command_and_function_is_there() -> None:
    commands = command_line.text()
    assert all(f"## {name}\n" in commands for name, _ in command_line.commands())
    assert all(f"## `sa.{name}`" in functions.text() for name in sa.__all__)


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_command_lines_parse(path: Path) -> None:
    for words in command_lines(path.read_text()):
        try:
            parsed(words, cli, "sportsai")
        except (click.ClickException, SportsaiError) as wrong:
            pytest.fail(f"sportsai {shlex.join(words)}: {wrong}")


def test_a_wrong_option_would_be_found() -> None:
    (words,) = command_lines("```sh\nx=1; .venv/bin/sportsai report 2417 --outt a.html  # why\n```\n")
    assert words == ["report", "2417", "--outt", "a.html"]
    with pytest.raises(click.NoSuchOption):
        parsed(words, cli, "sportsai")
    assert command_lines("```sh\nfor g in $(sportsai games --json | jq x); do sportsai analyse $g; done\n```\n") == [
        ["games", "--json"],
        ["analyse", "$g"],
    ]


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_commands_named_in_prose_exist(path: Path) -> None:
    prose = re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.M | re.S)
    for said in re.findall(r"`sportsai ([a-z]+)\b([^`]*)`", prose):
        command = cli.get_command(click.Context(cli), said[0])
        assert command is not None, said[0]
        known = {o for p in command.params for o in p.opts}
        if isinstance(command, click.Group):
            below = command.commands.values()
            known |= {o for c in below for p in c.params for o in p.opts}
        unknown = set(re.findall(r"(?<!\S)--[a-z-]+", said[1])) - known - {"--help"}
        assert not unknown, (said, unknown)


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_python_shown_uses_what_there_is(path: Path) -> None:
    for block in fenced(path.read_text(), "python"):
        if re.match(r"(class )?\w+\(.*\)( -> .*)?$", block.strip(), re.S) and "sa." not in block:
            continue  # a signature
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "sa":
                assert node.attr in sa.__all__


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    for target in LINKS.findall(path.read_text()):
        if target.startswith(("http:", "https:")):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file) if file else path
        assert there.exists(), target
        if anchor and there.suffix == ".md":
            titles = re.findall(r"^#+ (.+)$", there.read_text(), re.M)
            slugs = {re.sub(r"[^\w\- ]", "", t.lower()).replace(" ", "-") for t in titles}
            assert anchor in slugs, target


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_files_named_in_prose_exist(path: Path) -> None:
    places = r"(?:sportsai|leagues|tests|docs|notebooks|reports)"
    for named in re.findall(rf"`({places}/[\w./-]+)`", path.read_text()):
        if "SportsMOT" in named or named.startswith("sportsai/readers/lines"):
            continue
        there = ROOT / named
        assert there.exists() or there.with_name(there.name + ".ipynb").exists(), named


def test_the_readme_is_short_and_begins_with_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) <= 200
    assert [line.split("#")[0].strip() for line in fenced(text, "sh")[0].splitlines()] == ["make demo", "make test"]


def test_pictures_are_small_and_told_in_words() -> None:
    text = (ROOT / "README.md").read_text()
    shown = re.findall(r"!\[([^\]]*)\]\((\S+?)\)", text)
    assert shown and all(len(alt) > 30 for alt, _ in shown)
    assert {p.stem for p in PICTURES.glob("*.webp")} == set(SHOTS)
    assert all(p.stat().st_size <= MOST_BYTES for p in PICTURES.iterdir())
