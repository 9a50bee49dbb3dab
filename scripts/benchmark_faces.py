"""Measures how many faces a second one core draws at each size, and prints a small table.

Run it on one core, for example `taskset -c 0 python scripts/benchmark_faces.py`. Times are the
processor's, so that waiting for other programs does not count; sharing its caches still does.
"""

import argparse
import statistics
import time

from keras_resgen.data import faces


def images_per_second(count: int, image_size: int, seed: int) -> float:
    """Returns how many faces of a size one core draws in a second."""
    factors = faces.sample_factors(count, seed=seed)
    start = time.process_time()
    faces.draw(factors, image_size)
    return count / (time.process_time() - start)


def main() -> None:
    """Prints a table of speeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(faces.SIZES))
    parser.add_argument("--repeats", type=int, default=5, help="runs at each size")
    parser.add_argument("--seconds", type=float, default=1.5, help="aimed length of a run")
    arguments = parser.parse_args()

    print(f"{'size':>6}{'median':>10}{'slowest':>10}{'fastest':>10}  images/s")
    for size in arguments.sizes:
        speed = images_per_second(64, size, seed=0)  # makes the textures, finds the count
        count = max(int(speed * arguments.seconds), 32)
        speeds = [images_per_second(count, size, seed) for seed in range(arguments.repeats)]
        median = statistics.median(speeds)
        print(f"{size:>6}{median:>10.0f}{min(speeds):>10.0f}{max(speeds):>10.0f}", flush=True)


if __name__ == "__main__":
    main()
