"""What can go wrong with registered models.

RegistryError
├── RegistryUnavailableError  MLflow does not answer, in time or at all
├── UnknownModelError         it answers that there is no such model, version or alias
└── CorruptModelError         a model file is not the one its manifest describes
"""

from __future__ import annotations


class RegistryError(Exception):
    """Base of what the registry raises."""


class RegistryUnavailableError(RegistryError):
    """MLflow cannot be reached, refuses, or takes too long."""


class UnknownModelError(RegistryError):
    """MLflow knows no such model, version or alias."""


class CorruptModelError(RegistryError):
    """A model file or its description is missing, unreadable or altered."""
