"""What a node keeps beside the log and can be asked to forget: sealed bodies and photographs.

The log holds digests of both and stays as it is, so an audit finds nothing wrong before or after. What a
public statement says in its own words stands in the log itself and cannot be taken away; therefore forms ask
for nothing personal and refuse what looks so (`governance.personal_data`). A backup that was made before
still holds what was forgotten since; let it grow old, or forget there as well.
"""

from __future__ import annotations

from typing import NamedTuple

from riskshed.statement import Statement
from riskshed.web import photographs, sealed_bodies
from riskshed.web.node import Node


class Forgotten(NamedTuple):
    """What was there and is gone: the sealed body, and how many photographs."""

    sealed: bool
    photographs: int


def forget(node: Node, said: Statement) -> Forgotten:
    """Forget all that the node keeps of a statement beside the log; nothing where it keeps nothing."""
    files = said.records("files") if said.body is not None and "files" in said.body else ()
    pictures = [one["digest"] for one in files if one["media_type"] == photographs.MEDIA_TYPE]
    return Forgotten(
        sealed=sealed_bodies.forget(node, said),
        photographs=sum(photographs.forget(node, one) for one in pictures),
    )
