"""The service with everything that observes it, as local programs."""

from cli.stack.command import command

__all__ = ["command"]
