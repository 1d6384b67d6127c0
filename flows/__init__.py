"""The flows: thin; they resolve settings, call a stage, write the outcome and publish counts.

Prefect reads its settings when it is imported, so telemetry is switched off here, before any flow can import it.
"""

import os

os.environ["DO_NOT_TRACK"] = "1"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
