"""The formats of the ledger: a Merkle log, signed checkpoints and proofs, checked without the one who keeps it."""
