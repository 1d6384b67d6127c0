"""The order of the inbox, how much is left to find in it, learning from decisions, and agreement of readers."""
