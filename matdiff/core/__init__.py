"""The vocabulary everything else is written in: expressions, the record of an operation, three-valued facts."""
