"""One experiment from its config to its run directory and back."""
