"""What everybody may read about moderation: the house rules."""

from starlette.responses import Response

from participation.moderation.queries import house_rules
from participation.web.page import PUBLIC, Page
from participation.web.render import full
from participation.web.visit import Visit


def show_house_rules(visit: Visit) -> Response:
    """The numbered rules and how they are used."""
    rules = house_rules(visit.db, visit.town.id, visit.languages)
    return full(visit, "moderation/house_rules.html", rules=rules)


routes = [Page("GET", "/house-rules", show_house_rules, PUBLIC, "house-rules", cacheable=True)]
