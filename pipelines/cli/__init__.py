"""The one command: ``kennisstand``."""
