"""Addresses of the demo that tests need, found by what they are and not by their codes; and comments in every state."""

import re
from functools import cache

from tests.browser.servers import Person, Server

OPTION = re.compile(r'href="(?:/\w\w)?(/proposals/[a-z0-9]+/[^"?#]+)"')
LISTED = re.compile(r'href="(?:/\w\w)?(/consultations/[a-z0-9]+/[^"?#]+)"')
SLUGS = {
    "halden": {
        "plan": "tyska",
        "all": "delebil",
        "ideas": "delebil",
        "soon": "fritidskort",
        "eid": "baerekraft",
        "upcoming": "skolekretsene",
        "closed": "fartsgrense",
        "owed": "mindre-mat",
    },
    "alesund": {
        "plan": "indre-hamn",
        "soon": "nattbuss",
        "eid": "velferds",
        "upcoming": "sprakplan",
        "closed": "leikeplassen",
        "owed": "frivillige",
    },
}
RESIDENT = {"halden": "kari", "alesund": "tove"}
NEIGHBOUR = {"halden": "tor", "alesund": "rune"}
MODERATOR = {"halden": "nora", "alesund": "eldbjorg"}
NEWCOMER = {"halden": "henning", "alesund": "viljar"}
EDITOR = {"halden": "ingrid", "alesund": "silje"}


@cache
def case(server: Server, kind: str = "plan", town: str = "halden") -> str:
    """The address of a consultation of the demo: plan, all (open to everybody, in Halden), soon (to close), eid, …"""
    reader = server.person(town=town)
    found = [
        path
        for standing in ("open", "upcoming", "closed")
        for path in LISTED.findall(reader.get(f"/consultations?standing={standing}").text)
    ]
    return next(path for path in found if SLUGS[town][kind] in path)


@cache
def proposals(server: Server) -> tuple[str, ...]:
    """The addresses of the proposals of the demo's ideas case, in their order."""
    page = server.person(town="halden").get(case(server, "ideas")).text
    return tuple(dict.fromkeys(OPTION.findall(page)))


@cache
def comments_in_every_state(server: Server, town: str = "halden") -> dict[str, str]:
    """Codes of comments by what happened to them; the people acted over HTTP."""
    resident = server.person(RESIDENT[town], town)
    neighbour = server.person(NEIGHBOUR[town], town)
    moderator = server.person(MODERATOR[town], town)
    place = case(server, "plan", town)
    codes = {
        name: resident.comment(
            place, f"Dette innspillet er {name}.\n\nDet har to avsnitt og https://halden.example/."
        )
        for name in ("fresh", "edited", "answered", "hidden", "withdrawn", "restored", "hiddenreply")
    }
    resident.edit(codes["edited"], "Nå står det noe annet her.")
    codes["reply"] = neighbour.reply(codes["answered"], "Et svar til deg.")
    codes["replyreply"] = resident.reply(codes["reply"], "Et svar på svaret.")
    neighbour.reply(codes["hidden"], "Svaret blir stående.")
    neighbour.reply(codes["withdrawn"], "Dette svaret blir også stående.")
    codes["gonereply"] = neighbour.reply(codes["hiddenreply"], "Dette svaret blir fjernet.")
    moderator.hide(codes["gonereply"], "Det er uhøflig.")
    moderator.hide(codes["hidden"], "Skriv om saken, ikke om personen.")
    resident.withdraw(codes["withdrawn"])
    moderator.hide(codes["restored"], "En feil.")
    moderator.restore(codes["restored"], "Vi tok feil.")
    codes["held"] = newcomer(server, town).comment(place, "Jeg er ny her. Se www.nyhet.example.")
    codes["reported"] = resident.comment(place, "Dette blir meldt to ganger.")
    for reporter in (neighbour, server.person(town=town)):
        reporter.report(codes["reported"], "Det er ikke sant.")
    return codes


def newcomer(server: Server, town: str = "halden") -> Person:
    """Somebody of whom nothing is published yet."""
    return server.person(NEWCOMER[town], town)
