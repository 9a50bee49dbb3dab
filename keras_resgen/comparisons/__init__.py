"""Trainings compared with each other: several seeds, intervals, claims that are judged."""
