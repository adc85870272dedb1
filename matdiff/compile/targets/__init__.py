"""How programs are spelled: a table of templates for each target."""
