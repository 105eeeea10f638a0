"""Being here puts this folder on the import path: tests import `textbook` and `samples` from it."""
