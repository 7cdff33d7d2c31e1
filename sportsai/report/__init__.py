"""The analyst's report: one self-contained HTML file, every number of which opens the frames that made it."""

from sportsai.report.page import build_report, write_report

__all__ = ["build_report", "write_report"]
