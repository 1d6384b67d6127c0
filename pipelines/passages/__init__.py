"""Document to passages: sizes (``rules``), sentences and rows (``units``), division (``segments``), the whole act
(``splitting``), what is no part of the argument (``boilerplate``) and what was said before (``duplicates``).
"""
