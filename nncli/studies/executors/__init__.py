"""Executors for the trials of a study: this process, worker processes, or a cluster.

All of them produce bit-identical results and the same run directories in the study's folder; which trials are done is
always read from there, never remembered.
"""
