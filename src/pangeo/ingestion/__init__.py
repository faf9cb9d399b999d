"""Source files become an analysis-ready dataset: find, scan, write, commit, describe."""

from pangeo.ingestion.order import Mode
from pangeo.ingestion.pipeline import ingest
from pangeo.ingestion.readers import Reader, readers
from pangeo.ingestion.report import IngestReport
from pangeo.ingestion.verification import VerifyReport, verify

__all__ = ["IngestReport", "Mode", "Reader", "VerifyReport", "ingest", "readers", "verify"]
