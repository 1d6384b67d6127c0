"""What Word files are made of that python-docx does not know: tracked changes and carried data."""
