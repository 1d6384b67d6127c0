"""passages."""
