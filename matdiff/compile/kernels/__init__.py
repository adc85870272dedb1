"""Functions that generated code brings along, as plain source: one module a target."""
