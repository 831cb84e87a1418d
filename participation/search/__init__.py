"""Search: finding a consultation by words of its title and text, and the topics that consultations are filed under.

An index of word stems in ordinary tables, so that SQLite and PostgreSQL find the same without extensions (ADR 14). It
holds published texts alone, and every search asks the consultations' own visibility rule besides.
"""
