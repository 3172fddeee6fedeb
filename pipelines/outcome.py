"""The two ways in which a whole sync can come to nothing. Light, so that the command line can name them."""

from __future__ import annotations

from schemas.problem import Problem


class UnknownSource(Problem):
    """``--source`` names a source that the workspace does not have."""


class NothingPublished(Problem):
    """Nothing could be published; the last snapshot still stands."""
