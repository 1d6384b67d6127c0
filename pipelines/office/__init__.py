"""Word files that people edit and send back: tracked changes, comments and carried data, written and read.

Beneath the stages, beside ``language``: ``report`` writes the update note with it, ``table`` exports and reads back.

``marking``        writes tracked changes of words, paragraphs and rows, and comments
``tracked``        reads tables and paragraphs with who inserted or deleted what
``carried``        data out of sight in a custom XML part
``package``        opens files from strangers
``saving``         the same content gives the same bytes
``stamp``          author and moment of a change
``table_styles``   character styles that are known again

Written on python-docx and lxml. The library docx-revisions (0.1.5) marks and resolves stretches of text within one
paragraph; it writes no marks at the ends of paragraphs and none on rows of a table, takes the moment of a change from
the clock, and reads no text that was moved. All four are needed here, so that it would have saved a dozen lines.

What was tried with LibreOffice 7.4 (November 2026): a custom XML part survives saving as Word, once and twice over, and
is lost by way of an ODT file; authors and moments of tracked changes stay as they are; accepting and rejecting all of a
note leaves no empty paragraph where a statement came or went at the foot of a cell.
"""
