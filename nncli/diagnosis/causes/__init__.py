"""The causes for which a network does not learn: each a rule that looks at the evidence."""
