"""How the two encoders are made: ``make encoder``. The product itself never runs this, and it needs torch.

1. :mod:`.texts` gathers the training texts, :mod:`.teacher` the teacher's vectors of their English side;
2. :mod:`.static` makes a vocabulary and a table of vectors by regression, :mod:`.tuning` sharpens the table;
3. :mod:`.student` starts a small transformer from the teacher, :mod:`.distillation` trains it, :mod:`.network` writes
   it for onnxruntime;
4. ``benchmarks/encoder_quality.py`` measures both and writes their cards.
"""
