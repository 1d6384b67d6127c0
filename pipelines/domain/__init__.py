"""The nouns: frozen records that every stage reads and writes. Standard library and pydantic only."""
