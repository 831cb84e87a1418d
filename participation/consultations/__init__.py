"""Consultation: what the municipality asks about, in sections and dated phases, with versions from the first day.

Whether it is open is computed from its phases, never stored. What people write about it is in `contributions`.
"""
