"""A season's pages in a folder or in object storage: replaced as a whole, their ends read, refusals in one line."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from sportsai.errors import StoreError
from sportsai.season.place import Place


@pytest.fixture(params=["folder", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        return Place(str(tmp_path / "pages"))
    pytest.importorskip("fsspec")
    return Place(f"memory://pages-{uuid.uuid4().hex[:8]}/season")


def test_a_page_is_replaced_and_its_end_read(place: Place) -> None:
    assert place.tail("games/1.html", 4) == b""
    place.write("games/1.html", b"the first, and long")
    place.write("games/1.html", b"<p>mark")
    assert place.tail("games/1.html", 4) == b"mark"
    assert place.tail("games/1.html", 99) == b"<p>mark"
    assert place.named("games/1.html").endswith("/games/1.html")


def test_storage_that_does_not_answer_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fsspec")
    place = Place("memory://pages/season")

    class CannotConnect(Exception):
        """As botocore's, which is no OSError."""

    def no(*_: Any) -> bytes:
        raise CannotConnect("Could not connect to the endpoint")

    monkeypatch.setattr(type(place._system), "tail", no)
    with pytest.raises(StoreError, match=r"CannotConnect while reading games/1\.html"):
        place.tail("games/1.html", 4)


def test_a_folder_that_takes_no_pages_is_named_by_its_own_option(tmp_path: Path) -> None:
    (tmp_path / "pages").write_text("a file")
    with pytest.raises(StoreError, match="Choose another folder with --reports"):
        Place(str(tmp_path / "pages")).write("season.html", b"x")
