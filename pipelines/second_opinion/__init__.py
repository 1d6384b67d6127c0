"""Second opinion: a language model behind an endpoint of one's own choice reads passages that the models find doubtful.

Off by default. ``doubt`` says which passages, ``prompt`` and ``schema`` what is asked and how it must be answered,
``client`` sends it within bounds, ``reading`` goes through the passages and keeps account.
"""
