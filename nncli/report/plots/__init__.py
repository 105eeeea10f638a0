"""Pictures: the only room with matplotlib. Each function draws records into an `Axes`, so that a notebook can too."""
