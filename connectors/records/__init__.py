"""Records that name their columns: JSON, XML, SQL dumps, SQLite files, Parquet, dBASE."""
