"""The node: one process where cities see what comes and answer for what they owe. Django lives here only."""
