"""Showing a derivation: `page` says what is shown, one module for each medium says how."""
