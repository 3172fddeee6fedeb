"""Factories of thin assets and checks. What they do is in ``pipelines/night.py`` and the warehouse."""
