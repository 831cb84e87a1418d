"""People: who somebody is to one municipality, their roles there, and their sessions.

Identity is (municipality, issuer, subject), never e-mail. Nobody has a public profile. What people write is in
`contributions`.
"""
