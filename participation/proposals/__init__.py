"""Proposals: what a consultation lays before residents to choose among, discuss and vote on.

For now all of them are official, made by staff as options of a case. A proposal is a contribution like a comment, so
votes, moderation, official answers and the visibility rule know nothing special of it. Comments about a proposal have
it as their parent; their own feature is `comments/`.
"""
