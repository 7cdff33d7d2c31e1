"""The analyst's desk in a browser on this very machine: the library's games, their reports, and answers to events."""

from sportsai.serve.server import Desks, open_server

__all__ = ["Desks", "open_server"]
