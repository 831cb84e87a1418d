"""Contribution: anything written that comments, votes or moderation can attach to (ADR 1).

Here: the shared row, its states and who may see it. The kinds themselves (`comments`, later proposals) join this row
with a table of their own.
"""
