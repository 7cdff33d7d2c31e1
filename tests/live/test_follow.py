"""A run from the first line to the last: what is no frame, what ends it, what it refuses."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import orjson
import pytest

from sportsai.court import load_league
from sportsai.errors import DataError, ModelError
from sportsai.live.feeds import load_feed
from sportsai.live.feeds.lines import lines_of
from sportsai.live.follow import Follower, follow, model_for, weights_of
from sportsai.resources import demo_match
from tests.live.played import match, played, told

LEAGUE = load_league("soccer")


class Given:
    """A source that gives what it was given, then nothing."""

    name = "given"

    def __init__(self, *polls: list[bytes]) -> None:
        self.polls = list(polls)
        self.counts: Counter[str] = Counter({"times the feed was connected to again": 2})

    def poll(self, wait_s: float) -> list[bytes]:
        return self.polls.pop(0) if self.polls else []

    def close(self) -> None:
        pass


def lines(seed: int = 3) -> list[bytes]:
    return [line.rstrip(b"\n") for line in lines_of(match(seed))]


def test_faults_on_the_way_change_nothing_but_the_counts() -> None:
    whole, _ = played(match(3), "control", None)
    faulty = lines()
    faulty[50:50] = [b"{half a li", b"", b"null", faulty[40], faulty[49], b'{"frame": 9999, "period": 1, "t_s": "x"}']
    faulty.insert(30, faulty[0])  # the feed says the game again after it was connected to again
    live, follower = told([b"\n".join(faulty) + b"\n"], "control", None)
    assert live == whole
    assert follower.told.counts["lines that could not be read"] == 3
    assert follower.told.counts["frames that came twice"] == 1
    assert follower.told.counts["frames out of order"] == 1
    assert follower.told.first_bad.startswith("line 52: ")


def test_the_word_end_ends_it_and_so_does_quiet() -> None:
    said: list[dict[str, object]] = []
    whole, _ = played(match(3), "control", None)
    for polls, quiet in (([[*lines(), b'{"end": true}', b"never read"]], None), ([lines()], 0.01)):
        said.clear()
        follower = Follower(LEAGUE, "control", None, home_attacks="right")
        result = follow(Given(*polls), follower, said.extend, quiet)
        assert said == whole
        assert (result.frames, result.events) == (match(3).tracks.T, len(whole))  # type: ignore[union-attr]
        assert result.counts["times the feed was connected to again"] == 2
        assert result.directions[1] == "home attacks right, by what was said, after 0 s"


def test_what_is_no_feed_is_refused() -> None:
    for content, what in (
        ([b"<xml/>"], "not recognised"), ([], "no frames"),
        ([lines()[0], *[b"nonsense"] * 60], "none of 50 lines is a frame"),
    ):  # fmt: skip
        follower = Follower(LEAGUE, "control", None, first=Path("g.jsonl"))
        with pytest.raises(DataError, match=what):
            follow(Given(content), follower, lambda _: None, 0.01)
    with pytest.raises(DataError, match="does not send hockey"):
        Follower(load_league("hockey"), "control", None, provider="tracab").take([b"1:1,1,1,0,0,0;:0,0,0,0,H,A;:"])


def mutants(line: bytes, dice: np.random.Generator, n: int) -> list[bytes]:
    """Lines with bytes changed, left out, doubled, or put in the wrong place; and some that nest deep."""
    out = [
        b"[" * 2000,
        b'{"frame":9,"period":1,"t_s":1,"players":[[' + b"[" * 900 + b"]" * 900 + b",1,2]]}",
        b"\x00",
        b"",
    ]
    for _ in range(n):
        new = bytearray(line)
        for _ in range(int(dice.integers(1, 6))):
            a, b = sorted(dice.integers(0, len(new) + 1, 2).tolist())
            piece = bytes(dice.integers(0, 256, int(dice.integers(1, 5)), dtype=np.uint8))
            deed = int(dice.integers(4))
            new[a : a + (deed == 0)] = piece if deed < 2 else new[a : min(b, a + 40)] if deed == 2 else b"9" * 30
            new = new or bytearray(b"x")
        out.append(bytes(new).replace(b"\n", b" "))
    return out


@pytest.mark.parametrize("feed", ["lines", "skillcorner", "tracab"])
def test_garbage_is_counted_and_what_is_whole_goes_on(feed: str) -> None:
    dice = np.random.default_rng(5)
    files = demo_match()[0].parent
    told, companion = {
        "lines": (lines(), ()),
        "skillcorner": ((files / "skillcorner_v3_raw_data.jsonl").read_bytes().splitlines(),
                        (files / "skillcorner_meta_data.json",)),
        "tracab": ((files / "tracab_raw.dat").read_bytes().splitlines(), (files / "tracab_meta.xml",)),
    }[feed]  # fmt: skip

    def begun() -> Follower:
        return Follower(LEAGUE, "control", None, provider=feed, companions=companion, home_attacks="right")

    follower, whole = begun(), begun()
    follower.take(told[:5])
    assert follower.told.frames > 0 and follower.head is not None
    parse = load_feed(feed).parser(follower.head, LEAGUE)

    def garbage(line: bytes) -> bool:
        try:
            parse(line)
        except Exception:
            return True
        return False

    given = [b for b in mutants(told[min(3, len(told) - 1)], dice, 400) if b.strip() and not load_feed(feed).ends(b)]
    bad = [line for line in given if garbage(line)]
    follower.take(given)
    follower.finish()
    assert follower.told.counts["lines that could not be read"] == len(bad) > 100
    follower = begun()
    said = [*follower.take([*told[:5], *bad, *told[5:]]), *follower.finish()]
    assert said == [*whole.take(told), *whole.finish()]
    assert follower.told.frames == whole.told.frames > 5
    assert follower.told.counts == whole.told.counts + Counter({"lines that could not be read": len(bad)})


def test_models_by_name_and_by_recipe() -> None:
    assert model_for("soccer", None)[0] == "recognise"
    assert model_for("soccer", "shared_compare")[0] == "recognise"
    assert model_for("hockey", None)[0] == "control"
    for sport, name, what in (
        ("volleyball", None, "no model can follow"), ("hockey", "recognise", "cannot follow hockey"),
        ("soccer", "x", "no model"),
    ):  # fmt: skip
        with pytest.raises(ModelError, match=what):
            model_for(sport, name)
    assert weights_of(model_for("soccer", "control")[1], LEAGUE, None) is None
    loaded = weights_of(model_for("soccer", None)[1], LEAGUE, None)
    assert loaded is not None and loaded.recipe.name == "shared_compare"


def test_an_event_goes_out_within_the_stated_time() -> None:
    from fractions import Fraction

    from sportsai.live.models import load_live
    from tests.live.played import weights

    loaded, every = weights("shared_compare"), 0.5
    bound = sum(p.most_s for p in load_live("recognise").latency(loaded, Fraction(10))) + every
    late = []
    for seed in (3,):
        follower = Follower(LEAGUE, "recognise", loaded, home_attacks="right", every_s=every)
        live = follower.take(lines(seed))  # and not what is certain only because it is over
        late += [r["delay_s"] for r in live]
        assert orjson.loads(orjson.dumps(live)) == live
    assert len(late) > 8
    assert sorted(late)[len(late) // 2] < bound
    assert max(late) <= bound + 2.5  # missing frames are waited for in frames; a rising chain of peaks takes longer
