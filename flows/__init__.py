"""The flows: thin; they resolve settings, call a stage, write the outcome and publish counts."""
