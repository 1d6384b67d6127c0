"""Names of the character styles in a table that goes out in Word and comes back."""

from __future__ import annotations

SOURCE_STYLE = "Kennisstand Source Note"
"""The source note behind a statement."""
CONFIDENCE_STYLE = "Kennisstand Confidence"
"""Shown behind a statement and no part of it: left out when the file is read."""
