"""Sentences of a textbook as experiments with verdicts."""
