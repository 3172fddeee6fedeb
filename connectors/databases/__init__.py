"""Databases: connections that only read, pulls that land as Parquet of text."""
