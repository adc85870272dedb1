"""Is somebody's derivation right?  Lines are read, each is judged by numbers, a likely mistake is looked for."""
