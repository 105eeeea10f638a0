"""The command line: one thin file per command. The work is done in the packages below."""
