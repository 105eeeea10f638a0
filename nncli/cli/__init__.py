"""The command line: one thin file per command. The work is done on the floors below."""
