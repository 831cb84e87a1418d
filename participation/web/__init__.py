"""The browser's side of HTTP: pages, forms, sessions, headers, errors. Knows no feature.

A request comes in at `page.py`, which reads the body, hops once to a worker thread, opens one session, finds the
actor, checks the page's action and calls the handler.
"""
