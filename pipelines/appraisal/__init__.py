"""What accepted evidence is worth: studies, their weight, and confidence per statement."""
