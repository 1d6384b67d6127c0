"""The flows: thin; they resolve settings, call a stage, write the outcome and publish counts.

Prefect and onnxruntime read their settings when they are imported, so telemetry is switched off here, before any flow
can import them.
"""

import os

os.environ["DO_NOT_TRACK"] = "1"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
