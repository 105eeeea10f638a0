"""HTML pages: self-contained, readable without scripts and without style, built from plain records."""
