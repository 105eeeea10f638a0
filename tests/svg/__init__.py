"""Pictures read from their SVG files, and compared with the files of runs and studies."""
