"""A plan as statements of a dialect."""
