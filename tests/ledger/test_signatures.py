"""Many signatures at once, here and in other processes."""

from __future__ import annotations

from riskshed.ledger.keys import ED25519, SigningKey
from riskshed.ledger.signatures import Claim, SignaturePool, verify_many

KEY = SigningKey("example.com/shang", "statement", bytes(range(32)))


def claims() -> list[Claim]:
    made = []
    for at in range(40):
        message = f"statement {at}".encode()
        made.append((ED25519, KEY.verifier.public, message, KEY.sign(message, role="statement")))
    kind, public, message, signature = made[7]
    made[7] = (kind, public, message + b"!", signature)
    return made


def test_only_the_changed_statement_fails() -> None:
    assert [at for at, good in enumerate(verify_many(claims())) if not good] == [7]


def test_a_pool_says_the_same_in_the_same_order() -> None:
    with SignaturePool(2) as pool:
        parts = [pool.submit(claims()[at : at + 10]) for at in range(0, 40, 10)]
        found = [good for part in parts for good in part.result()]
    assert found == verify_many(claims())
