"""What can go wrong with battles. Every error can be pickled: nodes of a cluster send theirs.

BattleError
├── NodeMissingError          no Node to run the simulator in
├── SimulatorMissingError     Node runs, pokemon-showdown is not installed
├── SimulatorError            the simulator refused a matchup or ended by itself
├── PlanError                 a plan that cannot be played
├── PlanMismatchError         the folder holds parts of another plan
├── OtherRulesError           a node of the cluster plays by other rules than the driver
└── SimulationStoppedError    a signal asked to stop; what is finished is kept
"""

from __future__ import annotations


class BattleError(Exception):
    """Anything that keeps battles from being played."""


class NodeMissingError(BattleError):
    """There is no Node on this machine."""

    def __init__(self, words: str = "the battle simulator needs Node: run `make node`") -> None:
        super().__init__(words)


class SimulatorMissingError(BattleError):
    """Node is there, the simulator is not."""

    def __init__(self, words: str = "pokemon-showdown is not installed: run `make node`") -> None:
        super().__init__(words)


class SimulatorError(BattleError):
    """The simulator refused a matchup, or its process ended by itself."""


class PlanError(BattleError):
    """The plan lacks columns, is empty, or names what the dex does not know."""


class PlanMismatchError(BattleError):
    """The folder holds parts of another plan, or of another policy or simulator."""


class OtherRulesError(BattleError):
    """A node has another version of the simulator, of its driver or of the policy."""


class SimulationStoppedError(BattleError):
    """A signal asked to stop."""
