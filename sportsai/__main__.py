"""`python -m sportsai` is the command line."""

from sportsai.cli import main

main()
