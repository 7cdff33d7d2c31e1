"""The figures of the report, one a file: each returns a drawing with a title that says what it found."""

from sportsai.report.figures.figure import Figure

__all__ = ["Figure"]
