"""Notifications: who hears of what, by which letter, once each.

`recipes.py` is the table; `fan_out.py` turns events into deliveries; `send.py` turns deliveries into mail. What was
hidden or withdrawn meanwhile is not sent: every letter asks the visibility rule when it is written.
"""
