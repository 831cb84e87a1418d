"""Moderation: house rules, and decisions that give a rule and facts. Nothing is removed without a reason.

A decision is a row that stays. What a decision does to the text is a change of the contribution's state.
"""
