"""Ways of the inserted species through the crystal: hops, their paths, and what they cost."""
