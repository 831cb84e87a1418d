"""Notifications: who follows which case, and who hears of what, by which letter, once each.

`recipes.py` is the table; `fan_out.py` turns events into deliveries; `news.py` looks up what a letter tells, and
`send.py` turns deliveries into mail. What was hidden or withdrawn meanwhile is not sent: every letter asks the visibility
rule when it is written. Letters that carry a key to sign in or to a role belong to `people`; only their sending is here.
"""
