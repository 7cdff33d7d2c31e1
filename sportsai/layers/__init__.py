"""Blocks used by more than one model, one file a block, each with its paper and its test."""
