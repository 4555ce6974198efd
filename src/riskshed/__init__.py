"""riskshed (险域): foresee how far and when a risk in one city reaches the others; keep who owes what."""
