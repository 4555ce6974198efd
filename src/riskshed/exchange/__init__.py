"""Formats: bytes to nouns and nouns to bytes. Nothing here opens a network connection."""
