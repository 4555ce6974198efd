"""Truth: what was said, in a log that each city can check alone.

This wing knows bytes, keys and trees, and nothing of floods, cities or statements. Formats are those of the
transparency logs in use (C2SP signed notes, checkpoints, tiles, cosignatures, proofs and policies; the Merkle
tree of RFC 9162), byte for byte, so that software that is not ours can verify a log, and ours can verify
theirs.

Read it from the bottom: `merkle` (hashes and proofs), `tiles` (how a tree lies in immutable files), `keys`
and `keyfile` (who signs, and as what), `note` (signed text, checkpoints, cosignatures), `policy` (whose
signatures are enough), `proof` (one file that shows that a statement is in the log, without any server);
then `store` and `postgres` (what is durable when a commit returns), `log` (one writer, many callers),
`export` (the log as static files), `witness` (who cosigns only what grows), `mirror` (a verified copy),
`split_view` and `fork_proof` (two signed histories, as a proof that convinces others).
"""
