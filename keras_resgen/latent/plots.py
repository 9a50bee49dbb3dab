"""Plots of a latent space."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PANEL = 2.8  # inches


def principal_plane(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the plane of the largest variance of codes.

    Args:
        codes: array of shape `(count, latent_dim)`, two rows and dimensions at least.

    Returns:
        Its center, of shape `(latent_dim,)`, and two orthonormal axes, of shape `(2, latent_dim)`.

    Example:

    >>> codes = np.random.default_rng(0).normal(size=(200, 3)) * [1.0, 5.0, 3.0]
    >>> np.abs(principal_plane(codes)[1]).argmax(axis=1).tolist()
    [1, 2]
    """
    center = codes.mean(axis=0)
    _, _, axes = np.linalg.svd(codes - center, full_matrices=False)
    return center, axes[:2]


def plot_codes(
    codes: np.ndarray, draws: np.ndarray, labels: Mapping[str, np.ndarray] | None = None
) -> Figure:
    """Plot codes in the plane of their largest variance, with samples of the prior.

    Args:
        codes: codes of images, of shape `(count, latent_dim)`, at least two rows and dimensions.
        draws: samples of the prior, plotted in the same plane.
        labels: boolean arrays of shape `(count,)` by name, a panel for each.

    Returns:
        A matplotlib figure, to be shown or saved.

    Raises:
        ValueError: if codes have one dimension, or there are fewer than two.

    Example:

    >>> codes = np.random.default_rng(0).normal(size=(2, 50, 4))
    >>> plot_codes(codes[0], codes[1], {"Smiling": codes[0][:, 0] > 0}).savefig("codes.png")
    """
    from matplotlib.figure import Figure

    if codes.ndim != 2 or min(codes.shape) < 2:
        raise ValueError(
            "Expected at least two codes of at least two dimensions, to plot them in a plane. "
            f"Received: shape {codes.shape}. Use a longer latent vector."
        )
    labels = labels or {}
    center, axes = principal_plane(codes)
    points, others = ((rows - center) @ axes.T for rows in (codes, draws))
    figure = Figure(figsize=(PANEL * (1 + len(labels)), PANEL), layout="constrained")
    panels = figure.subplots(1, 1 + len(labels), sharex=True, sharey=True, squeeze=False)[0]
    groups = {
        "codes and prior": [("prior", others, "0.75"), ("codes", points, "C0")],
        **{
            name: [("without", points[~values], "C0"), ("with", points[values], "C1")]
            for name, values in labels.items()
        },
    }
    for panel, (title, drawn) in zip(panels, groups.items(), strict=True):
        for label, rows, color in drawn:
            panel.plot(*rows.T, ".", color=color, markersize=3, alpha=0.6, label=label)
        panel.set_title(title, fontsize=9)
        panel.tick_params(labelsize=7)
        panel.legend(fontsize=7, loc="upper right")
    return figure
