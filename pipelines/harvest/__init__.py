"""Sources of new literature: what they offer, what of it bears on AI and work, and the files themselves.

==================== =====================================================================
``source_file``      the file of sources: read, checked, shipped
``fetching``         what a reader of sources is given to fetch with; its errors
``client``           that over the network: guarded, bounded, polite, tried again
``registry``         kind of source -> its reader; one kind a file
``doubles``          the same publication known again, by DOI and title
``relevance``        the first relevance pass on title and abstract
==================== =====================================================================
"""
