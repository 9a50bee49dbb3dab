"""Comparisons of training runs: several seeds, confidence intervals, claims."""
