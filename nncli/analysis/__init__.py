"""Statistics and tests on plain arrays, giving plain records."""
