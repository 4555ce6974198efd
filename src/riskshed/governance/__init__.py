"""What cities owe each other: pure rules over what was said, without a clock, draws or a store."""
