"""Vote: a statement for or against a contribution, one a person, changeable while voting is open (decisions 10 to 13).

Here: the rows, their tallies, the rules and the control. How somebody voted is shown to nobody but the voter. Secret
ballots are something else and will live in `ballots/`.
"""
