"""The one command: ``kennisstand``."""

from pipelines.cli.main import main

__all__ = ["main"]
