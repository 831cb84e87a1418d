"""Two invented towns to try the platform with: Halden in Bokmål and Ålesund in nynorsk.

Only data lives here: a `town.toml` for each town, one TOML file for each consultation, and longer
texts as Markdown. `participation/seeds/` reads them and writes them through the same operations
as residents and staff use. All days are counted from the day the demo is made, so that something
is always open, coming and closed. `SOURCE.md` says which texts are real and where they come from.
"""
