"""Recognisers that look for events in whole games: taught, searched with, trusted so far and no further, measured."""
