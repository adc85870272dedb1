"""Numbers: evaluation at a point, directional derivatives, and random points that respect what was declared."""
