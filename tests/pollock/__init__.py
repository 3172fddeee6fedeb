"""Damaged delimited files with their truth, the scores of readers on them, and the readers that are compared."""
