"""Studies: many variants of one experiment, trained together and set against each other."""
