"""Whether a model generates: distances between distributions, and likenesses of images."""
