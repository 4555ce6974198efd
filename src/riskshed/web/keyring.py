"""The keys of bodies that a node holds for them: encrypted files, each opened when it is first used.

    keys/statement/<body>.key     speaks in earnest
    keys/exercise/<body>.key      speaks in drills, and nowhere else

To open a key costs a fifth of a second by design. A node of a hundred cities would need a minute to start if
it opened all; so it opens none before a body speaks.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Literal
from urllib.parse import quote, unquote

from riskshed.errors import NotFoundError
from riskshed.ledger.keyfile import SCRYPT_COST, read_key, read_verifier, write_key
from riskshed.ledger.keys import Role, SigningKey, VerifierKey

SpeakingRole = Literal["statement", "exercise"]
ROLES: tuple[SpeakingRole, ...] = ("statement", "exercise")


class Keyring:
    """A folder of keys. Any thread may use it.

    Parameters
    ----------
    folder : Path
    passphrase : str
        The same for all; they are there so that a stolen disk does not speak for a city.
    """

    def __init__(self, folder: Path, passphrase: str) -> None:
        self.folder = folder
        self._passphrase = passphrase
        self._open: dict[tuple[str, str], SigningKey] = {}
        self._guard = threading.Lock()

    def make(
        self, body: str, role: SpeakingRole, *, cost: int = SCRYPT_COST, seed: bytes | None = None
    ) -> SigningKey:
        """A new key for a body; with `seed`, the same one for everybody who has the seed.

        Raises
        ------
        KeyRefusedError
            ``key.exists``, ``key.file``, ``key.passphrase``.
        """
        name = f"{body}/{role}"
        key = SigningKey.generate(name, role) if seed is None else SigningKey(name, role, seed)
        write_key(self._file(body, role), key, self._passphrase, cost=cost)
        with self._guard:
            self._open[body, role] = key
        return key

    def discard(self, body: str, role: SpeakingRole) -> None:
        """Forget a key that was made and never used; there may be none."""
        with self._guard:
            self._open.pop((body, role), None)
        self._file(body, role).unlink(missing_ok=True)

    def read(self, path: Path, role: Role) -> SigningKey:
        """A key in a file elsewhere, under the same passphrase; raises as `keyfile.read_key`."""
        return read_key(path, self._passphrase, role=role)

    def key(self, body: str, role: SpeakingRole = "statement") -> SigningKey:
        """The key of a body.

        Raises
        ------
        NotFoundError
            ``keyring.no_key``: the node does not hold it, and cannot speak for the body.
        KeyRefusedError
            As `read_key`.
        """
        with self._guard:
            found = self._open.get((body, role))
            if found is None:
                file = self._file(body, role)
                if not file.is_file():
                    told = f"this node holds no {role} key of {body}"
                    raise NotFoundError("keyring.no_key", told, todo="The body signs on its own node.")
                found = self._open[body, role] = read_key(file, self._passphrase, role=role)
            return found

    def verifier(self, body: str, role: SpeakingRole = "statement") -> VerifierKey | None:
        """The public key, without opening the file; None if the node does not hold it."""
        file = self._file(body, role)
        return read_verifier(file)[0] if file.is_file() else None

    def bodies(self, role: SpeakingRole = "statement") -> tuple[str, ...]:
        """The bodies for which this node can speak, in the order of their codes."""
        return tuple(sorted(unquote(one.stem) for one in (self.folder / role).glob("*.key")))

    def _file(self, body: str, role: SpeakingRole) -> Path:
        return self.folder / role / f"{quote(body, safe='')}.key"
