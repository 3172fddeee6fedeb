"""Publishing: one new version of immutable files per audience, switched to in one step.

``publish`` makes and serves a version, ``versions`` lists them, ``rollback`` serves an older one, ``prune``
removes old ones, ``sweep`` cleans up after a killed run. Whoever calls them holds the workspace's write lock.
"""

from warehouse.publish.publishing import AUDIENCES, Facts, Published, publish, schema_hash
from warehouse.publish.version import (
    Version,
    current,
    prune,
    publications,
    rollback,
    sweep,
    version_name,
    versions,
)

__all__ = [
    "AUDIENCES",
    "Facts",
    "Published",
    "Version",
    "current",
    "prune",
    "publications",
    "publish",
    "rollback",
    "schema_hash",
    "sweep",
    "version_name",
    "versions",
]
