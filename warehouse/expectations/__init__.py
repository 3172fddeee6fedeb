"""Suites of expectations derived from ``schemas/``, run by Great Expectations on DuckDB before a delivery is used.

``suites`` derives, ``deliveries`` exposes the new records, ``session`` runs and masks, ``nightly`` decides what is
run and what is held back, ``page`` writes the offline page. Nothing here imports Great Expectations until a session
is opened.
"""
