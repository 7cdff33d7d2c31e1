"""Whole games: moments found among all their frames, or by reading a few of them, labels of every frame, highlights.

parts    games, dealt into those that train, validate and test
fit      a model of whole games, taught on pieces of them
heat     what a model says at every frame of a game, in pieces, so that memory does not grow with it
spots    the moments that stand out of it
score    how good those are, beside chance and rules
"""
