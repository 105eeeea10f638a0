"""From YAML text and overrides to one frozen, complete description of an experiment."""
