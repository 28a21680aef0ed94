"""Errors of the ETL.

- ``EtlError``
    - ``SnapshotError``: the sources do not hold what the snapshot is made of
    - ``SnapshotMissingError``: a folder holds no readable snapshot
    - ``etl.contract.DataQualityError``: rows break rules of the contract
"""

from __future__ import annotations


class EtlError(Exception):
    """The ETL cannot go on."""


class SnapshotError(EtlError):
    """The npm packages do not hold what the snapshot is made of, or hold something new."""


class SnapshotMissingError(EtlError):
    """A folder holds no readable snapshot."""
