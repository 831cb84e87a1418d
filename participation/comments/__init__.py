"""Comment: what somebody says about a section of a consultation, or in answer to another contribution.

Threads show two levels; the true parent is kept and named. A comment can be changed for a while, keeps its earlier
texts, and can always be withdrawn; its place stays.
"""
