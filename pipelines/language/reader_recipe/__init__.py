"""How ``models/reader`` is made: ``python -m pipelines.language.reader_recipe`` (needs torch; see docs/models.md)."""
