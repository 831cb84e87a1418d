"""Follow-up: what the municipality answers, and what came of a consultation.

Here: official answers to contributions, prepared out of sight and released together; the result that a closed
consultation shows first; and the promise of a date, with its reminders. Staff's ordinary comments are `comments/`.
"""
