"""What the data say: statistics of any size in bounded memory, climatologies, indices, trends."""

from pangeo.analysis.indices import index
from pangeo.analysis.modes import eof
from pangeo.analysis.monthly import anomaly, climatology
from pangeo.analysis.nino import nino34
from pangeo.analysis.percentiles import percentile
from pangeo.analysis.periods import resample, rolling
from pangeo.analysis.sections import hovmoller, region, zonal_mean
from pangeo.analysis.statistics import count, max, mean, min, std, sum
from pangeo.analysis.trends import correlation, regression, trend

__all__ = [
    "anomaly",
    "climatology",
    "correlation",
    "count",
    "eof",
    "hovmoller",
    "index",
    "max",
    "mean",
    "min",
    "nino34",
    "percentile",
    "region",
    "regression",
    "resample",
    "rolling",
    "std",
    "sum",
    "trend",
    "zonal_mean",
]
