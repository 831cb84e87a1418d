"""Municipalities: who they are, their hosts, their colours."""
