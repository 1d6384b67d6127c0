"""Text that a Word file can hold, with all else that it holds: what comes back is compared with it.

Text that is only to be read goes through ``pipelines.report.plain``, which takes out more.
"""

from __future__ import annotations

import re

# XML 1.0 (fifth edition), production 2 [Char], turned round.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def writable(text: str) -> str:
    """The text without characters that XML cannot hold."""
    return _FORBIDDEN.sub("", text)
