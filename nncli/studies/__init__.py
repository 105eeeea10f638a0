"""Studies: many variants of one experiment, trained together and compared."""
