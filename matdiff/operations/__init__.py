"""What each operation means: one record an operation, grouped by topic, collected in `registry`."""
