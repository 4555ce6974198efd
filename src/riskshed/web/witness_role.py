"""This node as a witness of its neighbours' logs, where its operator wants that; off by default.

    HOME/witness/<key file>               the key of the witness
    HOME/witness/<hash>/checkpoint        the last checkpoint cosigned, of each log (`ledger.witness`)

A witness is worth what it remembers: with an older memory it would cosign a second history without noticing.
So the key lies beside the memory and nowhere else, and backups leave both out. Whoever restores a node makes
a new witness key, and tells the neighbours.
"""

from __future__ import annotations

from pathlib import Path

from riskshed.errors import InputError
from riskshed.ledger.keys import VerifierKey
from riskshed.ledger.witness import Cosigner
from riskshed.web import cosigning, record_proof
from riskshed.web.node import Node

FOLDER = "witness"
_held: list[Cosigner] = []


def cosigner() -> Cosigner | None:
    """The witness of this process; None where the node is no witness."""
    return _held[0] if _held else None


def hold(one: Cosigner | None) -> None:
    """Let this be the witness of the process; None for none. For start, end and tests."""
    _held[:] = [] if one is None else [one]


class WitnessRole:
    """Opens the witness with the node, and closes it. See `asgi.Worker`.

    Parameters
    ----------
    node : Node
    key : Path
        The key file, of the role ``witness``, in the folder `FOLDER` of the node, under its passphrase.
    logs : Path
        A policy whose ``log`` lines name the logs to witness.

    Raises
    ------
    InputError
        ``witness.key_place``: the key lies elsewhere. ``witness.own_log``: nobody witnesses himself.
    RiskshedError
        The policy or the key cannot be used.
    """

    def __init__(self, node: Node, key: Path, logs: Path) -> None:
        self._folder = node.home / FOLDER
        if key.resolve().parent != self._folder.resolve():
            told = f"the key of the witness {key} does not lie in {self._folder}"
            raise InputError("witness.key_place", told, todo="Make it there: riskshed key new --role witness")
        self._logs = _logs(node, logs)
        self._key = node.keys.read(key, "witness")
        self._cosigner: Cosigner | None = None

    def start(self) -> None:
        """See `asgi.Worker.start`; raises as `Cosigner`."""
        self._cosigner = Cosigner(self._folder, [self._key], self._logs)
        hold(self._cosigner)

    def stop(self) -> None:
        """See `asgi.Worker.stop`."""
        if self._cosigner is not None:
            hold(None)
            self._cosigner.close()


def _logs(node: Node, path: Path) -> tuple[VerifierKey, ...]:
    keys = tuple(one.key for one in cosigning.read_policy(path, "RISKSHED_WITNESS_LOGS").logs)
    if record_proof.verifier(node).public in {key.public for key in keys}:
        told = f"{path} names the log of this node, and nobody witnesses himself"
        raise InputError("witness.own_log", told, todo="Leave that line out.")
    return keys


def workers(node: Node, key: str | None, logs: str | None) -> list[WitnessRole]:
    """The worker, where the operator wants it.

    Raises
    ------
    InputError
        ``witness.half``: one of the two settings alone; and as `WitnessRole`.
    """
    if not key and not logs:
        return []
    if not key or not logs:
        lacking = "RISKSHED_WITNESS_LOGS" if key else "RISKSHED_WITNESS_KEY"
        raise InputError("witness.half", f"a witness needs {lacking} as well", todo="Set both or neither.")
    return [WitnessRole(node, Path(key), Path(logs))]
