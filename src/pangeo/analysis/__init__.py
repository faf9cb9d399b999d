"""What the data say: area means, climatologies, anomalies, climate indices."""

from pangeo.analysis.monthly import anomaly, climatology
from pangeo.analysis.nino import nino34
from pangeo.analysis.statistics import count, max, mean, min, std, sum

__all__ = ["anomaly", "climatology", "count", "max", "mean", "min", "nino34", "std", "sum"]
