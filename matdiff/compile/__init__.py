"""From derivatives to fast code: structure found, products ordered, work shared, printed for a target."""
