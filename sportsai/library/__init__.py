"""The library: one folder that holds games, their events and predictions as Parquet, with DuckDB over it."""

from sportsai.library.store import DEFAULT_FOLDER, Library

__all__ = ["DEFAULT_FOLDER", "Library"]
