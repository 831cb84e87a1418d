"""Units: the departments of a municipality, as a tree. A consultation belongs to one, and an editor may be bound to one.

Administrators keep the tree. What a unit is allowed stands in `policy.works_on`; who is bound to which, in `people/`.
"""
