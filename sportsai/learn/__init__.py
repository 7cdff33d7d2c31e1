"""Recipes into weights, weights into predictions, predictions into scores."""
