"""The engine: networks of R replicas as stacked NumPy arrays. Depends only on NumPy."""
