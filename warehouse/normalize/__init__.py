"""Raw text to typed records: one SQL definition of value and of issue for each semantic type, and the step
that builds a source's core records, its issues and the outcome of every row.

Does not belong here: how bytes become text (``connectors/``), which area or dwelling a record is in
(``place/``), who a record is about (``link/``).
"""

from warehouse.normalize.batch import BatchResult, EditionCounts, normalize_batch
from warehouse.normalize.raw import RawEdition, RawPart

__all__ = ["BatchResult", "EditionCounts", "RawEdition", "RawPart", "normalize_batch"]
