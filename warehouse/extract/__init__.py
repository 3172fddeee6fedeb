"""Extracts: declared lists that a person takes out as xlsx, within their scope, logged.

``release`` (``run_extract`` with the workspace's own settings) is the one way to a file; ``verify`` proves that the log is as it was written.
"""

from warehouse.extract.access import Denied
from warehouse.extract.log import log_path, verify
from warehouse.extract.release import Released, find_extract, release, run_extract

__all__ = ["Denied", "Released", "find_extract", "log_path", "release", "run_extract", "verify"]
