"""Science: how harm travels from city to city. Every pathway turns a region and a source into a footprint."""
