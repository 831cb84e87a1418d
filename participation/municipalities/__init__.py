"""Municipality: the town that asks. One installation serves one or many, found by host name (ADR 6).

Here: the town, its host names, areas, colour and drawing. Not here: its people (`people`) and house rules
(`moderation`).
"""
