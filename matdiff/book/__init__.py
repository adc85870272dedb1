"""The book of rules: equations from `rules/*.rules` as values, how they match, and the audit that tests each one."""
