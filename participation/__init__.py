"""The participation platform: consultations, contributions, moderation and answers for municipalities.

A folder per civic word, the same few files in each, one direction of imports
(`pyproject.toml` holds the contracts). Start reading at `app.py`.
"""
