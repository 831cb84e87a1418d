"""Interchange: an old process comes in, a consultation goes out (decisions 33 and 34).

Here: the formats, the checks of rows, the writing of an import that readers see whole or not at all, and the export,
which asks the public's own visibility rule. Backups of the whole database are `backups.py`'s. What comes in stands in
the same tables as what residents write here; only its origin, its names and its old tallies are kept beside it.
"""
