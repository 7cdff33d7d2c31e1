"""Clips of footage with labels: read from a table, taught to a model of clips, scored by game, found in new footage."""
