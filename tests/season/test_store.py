"""A season's library in object storage, by an S3 server on this machine: whole games, read back, done once."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sportsai.errors import StoreError
from sportsai.library import Library
from sportsai.season import store as stores
from sportsai.season.pool import Here
from sportsai.season.run import Season, run_season
from sportsai.season.store import Bucket, fetch_library, store_of
from sportsai.season.work import Job
from tests.conftest import make_game, make_tracks
from tests.season.conftest import LEAGUE, write_game

pytest.importorskip("s3fs")
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of moto's and botocore's own
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    one = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    one.start()
    host, port = one.get_host_and_port()
    yield f"http://{host}:{port}"
    one.stop()


@pytest.fixture
def address(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty bucket's address, opened as its user would: by the variables that S3 clients read."""
    import boto3

    for name, value in {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_ENDPOINT_URL": server,
                        "AWS_DEFAULT_REGION": "us-east-1"}.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    name = f"club-{uuid.uuid4().hex[:8]}"
    boto3.client("s3", endpoint_url=server, region_name="us-east-1").create_bucket(Bucket=name)
    return f"s3://{name}/library"


def season(games: Path, address: str, pages: Path | str) -> Season:
    store_of.cache_clear()
    return run_season((games,), LEAGUE, Job(LEAGUE, address, retries=0), str(pages), Here())


def test_a_season_lands_in_the_bucket_and_comes_back_whole(
    games: Path, tmp_path: Path, quick: list[str], address: str
) -> None:  # fmt: skip
    there = season(games, address, tmp_path / "there")
    here = run_season((games,), LEAGUE, Job(LEAGUE, str(tmp_path / "here")), str(tmp_path / "pages"), Here())
    assert list(there.games) == list(here.games) and not there.failed
    assert fetch_library(address, tmp_path / "copy") == list(here.games)
    ours, theirs = Library(tmp_path / "here"), Library(tmp_path / "copy")
    for game in ours:
        assert np.array_equal(ours.load(game).tracks.xy, theirs.load(game).tracks.xy)
        assert ours.facts(game) == theirs.facts(game)
        assert ours.predictions(game)[0].equals(theirs.predictions(game)[0])
    page = (tmp_path / "there" / "games" / "game0.html").read_text()
    assert str(store_of(address).library.folder) not in page
    again = season(games, address, tmp_path / "there")
    assert again.made == {"games": 0, "reports": 0} and len(quick) == 8
    write_game(games, 3, seconds=50)
    assert season(games, address, tmp_path / "there").made["games"] == 1


def test_pages_go_into_a_bucket_too(games: Path, quick: list[str], address: str) -> None:
    import fsspec

    done = season(games, address, f"{address}-pages")
    system, root = fsspec.core.url_to_fs(f"{address}-pages")
    system.invalidate_cache()
    assert sorted(done.reports) == [f"game{n}" for n in range(4)]
    assert b"game2.html" in system.cat_file(f"{root}/season.html")
    assert len(json.loads(system.cat_file(f"{root}/season.json"))["games"]) == 4
    assert season(games, address, f"{address}-pages").made == {"games": 0, "reports": 0}


def test_a_game_is_the_old_one_or_the_new_wherever_publishing_breaks_off(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    writer = Bucket(address, tmp_path / "writer")
    old, new = make_game(make_tracks(seed=1)), make_game(make_tracks(seed=2))
    writer.library.add(old)
    writer.publish(old.id)
    first = writer.library.version(old.id).name
    writer.library.add(new)
    real, files = Bucket._pipe, len([p for p in writer.library.version(new.id).rglob("*") if p.is_file()]) + 1
    for breaks in range(files + 1):
        done = 0
        writer.library.add(new)  # a version of its own each time: what is there already is not sent again

        def pipe(self: Bucket, name: str, content: bytes, breaks: int = breaks) -> None:
            nonlocal done
            if done == breaks:
                raise ConnectionError("the line is cut")
            done += 1
            real(self, name, content)

        monkeypatch.setattr(Bucket, "_pipe", pipe)
        if breaks < files:
            with pytest.raises(StoreError, match="the line is cut"):
                writer.publish(new.id)
        else:
            writer.publish(new.id)
        monkeypatch.setattr(Bucket, "_pipe", real)
        reader = Bucket(address, tmp_path / f"reader{breaks}")
        assert reader.ids() == [old.id]
        assert reader.fetch(old.id)
        got = reader.library.load(old.id).tracks
        assert np.array_equal(got.xy, (new if breaks == files else old).tracks.xy)
    left = [str(p) for p in writer._system.find(f"{writer._root}/games")]
    assert not [p for p in left if f"/{first}/" in p]


def test_a_game_without_its_arrays_is_completed_when_they_are_needed(tmp_path: Path, address: str) -> None:
    writer, game = Bucket(address, tmp_path / "writer"), make_game()
    writer.library.add(game)
    writer.publish(game.id)
    reader = Bucket(address, tmp_path / "reader")
    assert reader.fetch(game.id, arrays=False)
    assert reader.library.facts(game.id)["id"] == game.id
    assert not (reader.library.version(game.id) / "tracks.parquet").exists()
    assert reader.fetch(game.id)
    assert reader.library.load(game.id).tracks is not None
    reader.forget(game.id)
    assert reader.library.ids() == []
    assert not reader.fetch("nobody")


def test_storage_that_cannot_be_opened_is_one_line(tmp_path: Path, address: str) -> None:
    with pytest.raises(StoreError, match=r"NoSuchBucket|not exist|FileNotFound"):
        Bucket("s3://no-such-bucket-here/library", tmp_path / "a")
    with pytest.raises(StoreError, match="fsspec knows"):
        stores.open_place("gopher://x/y")
    Bucket(address, tmp_path / "b")._pipe("sportsai.json", b'{"sportsai_library": 99}')
    with pytest.raises(StoreError, match="form"):
        Bucket(address, tmp_path / "c")
