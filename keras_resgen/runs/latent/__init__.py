"""Priors and directions, fitted to the codes of a run's training images."""
