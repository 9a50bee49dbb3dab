from .codes import active_units, kl_per_dimension, linear_probe_auc, prior_mmd
from .collapse import diversity, duplicates, pairwise_similarity
from .edits import EditQuality, edit_quality
from .estimate import Estimate
from .features import FEATURES, FeatureExtractor
from .in_distribution import DistanceRange
from .kernels import cubic_kernel, inverse_multiquadratic_kernel, squared_mmd
from .likelihood import LikelihoodBounds, likelihood_bounds
from .metric import (
    METRICS,
    Metric,
    find_metric,
    known_metric,
    metric_direction,
    metrics_as_markdown,
)
from .moments import Moments, frechet_distance
from .neighbors import Neighborhoods, precision_recall_density_coverage
from .paths import largest_step, path_length_ratio
from .predictions import predict_attributes
from .pyramid import sharpness, sliced_wasserstein_distances
from .reference import Distances, Protocol, Reference
from .similarity import multiscale_ssim, psnr, ssim

__all__ = [
    "FEATURES",
    "METRICS",
    "DistanceRange",
    "Distances",
    "EditQuality",
    "Estimate",
    "FeatureExtractor",
    "LikelihoodBounds",
    "Metric",
    "Moments",
    "Neighborhoods",
    "Protocol",
    "Reference",
    "active_units",
    "cubic_kernel",
    "diversity",
    "duplicates",
    "edit_quality",
    "find_metric",
    "frechet_distance",
    "inverse_multiquadratic_kernel",
    "kl_per_dimension",
    "known_metric",
    "largest_step",
    "likelihood_bounds",
    "linear_probe_auc",
    "metric_direction",
    "metrics_as_markdown",
    "multiscale_ssim",
    "pairwise_similarity",
    "path_length_ratio",
    "precision_recall_density_coverage",
    "predict_attributes",
    "prior_mmd",
    "psnr",
    "sharpness",
    "sliced_wasserstein_distances",
    "squared_mmd",
    "ssim",
]
