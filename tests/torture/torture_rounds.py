"""How much of the torture is done."""

from __future__ import annotations

import os
from typing import TypeVar

WHOLE = "KENNISSTAND_TEST_WHOLE" in os.environ
"""Whether all of it: ``make torture``. ``make test`` does a short round."""

Amount = TypeVar("Amount")


def amount(short: Amount, whole: Amount) -> Amount:
    """How much to do in this round."""
    return whole if WHOLE else short
