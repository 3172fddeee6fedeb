"""Quality by source and field in the six dimensions of GB/T 36344-2018, from counts that the stages made."""

from warehouse.quality.scores import QualityInputs, make_quality

__all__ = ["QualityInputs", "make_quality"]
