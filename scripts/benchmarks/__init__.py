"""What `scripts/benchmark_train.py` and `scripts/benchmark_export.py` compare."""
