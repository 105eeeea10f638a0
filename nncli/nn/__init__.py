"""The engine: networks of R replicas as stacked NumPy arrays. Needs NumPy and nothing else."""
