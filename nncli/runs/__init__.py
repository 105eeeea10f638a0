"""The run directory: what one run leaves on disk, written so that a kill at any moment leaves it readable."""
