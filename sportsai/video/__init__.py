"""Footage: frames decoded by index, cuts, people found and followed, and where on the court they stand."""
