"""What the data say: area means, climatologies, anomalies, climate indices."""

from pangeo.analysis.area import mean
from pangeo.analysis.monthly import anomaly, climatology
from pangeo.analysis.nino import nino34

__all__ = ["anomaly", "climatology", "mean", "nino34"]
