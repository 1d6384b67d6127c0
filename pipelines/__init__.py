"""Kennisstand: the stages, in the order in which data walks through them.

========== ============================== ==========================================
stage      takes                          gives
========== ============================== ==========================================
harvest    Source + bookmark              FoundItem, then files in data/raw
ingest     bytes + SourceReference        Document
passages   Document                       list[Passage], then DuplicateGroup
themes     Passage + vectors              ThemeTags
evidence   Passage + vectors + table      Evidence
topics     Passage + vectors              TopicModel
dossiers   DossierQuestion + Candidate    Dossier
table      file                           EvidenceTable (and back)
report     all of these                   UpdateReport, then Word, HTML and Excel
========== ============================== ==========================================

Stages are functions from records to records: they never import one another, the store, or Prefect. ``language``
holds the Dutch and English tools that they share, ``store`` is the only code that knows the database and the folders,
``flows`` joins stage and disk, ``cli`` is the one command.
"""

__version__ = "0.1.0"
