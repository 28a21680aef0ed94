"""Metrics of several processes that are one service.

Every process writes its numbers through to a ledger, a memory-mapped file of its own, and whoever
is asked, be it ``/metrics`` of any worker or the export to the collector, adds the ledgers up. A
killed process loses nothing that it counted: the one that takes its place goes on in its ledger.
"""
