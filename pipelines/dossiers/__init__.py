"""Dossiers: which stored passages bear on a saved question, and which part each has in a talk about it."""
