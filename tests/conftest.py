"""Makes ``builders.py`` importable for every test: pytest puts this folder on the path because of this file."""
