"""Floor 9: the command line, words to dataclasses; nothing else reads what a person types."""

from xpde.cli.program import app, main

__all__ = ["app", "main"]
