"""Bytes on disk, safely: atomic files, locks, sealed archives, strict JSON, checksums; knows nothing of runs."""
