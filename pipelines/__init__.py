"""The Dagster graph over the warehouse, and the command line. Nothing else."""
