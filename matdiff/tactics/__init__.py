"""The tactics: from a function to a validated derivation.  The calculus itself stands in `rules/`."""
