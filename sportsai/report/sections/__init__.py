"""The parts of the report that a sport has, one a file; `sportsai.report.section` says what such a file holds."""
