"""The sides of `scripts/benchmark_train.py`, each of which trains in a process of its own."""
