"""From appraised evidence to proposed changes of the table, and from approved changes to its next version."""
