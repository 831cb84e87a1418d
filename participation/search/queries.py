"""A question as a condition on consultations."""

from sqlalchemy import ColumnElement, Select, and_, false, or_, select

from participation.consultations.models import Consultation
from participation.policy import Actor
from participation.search.models import SearchTerm
from participation.search.rules import asked

WHOLE_UNDER = 3  # a shorter term must be the whole word: «il» is no beginning of «ildsted»
_LAST = "\U0010ffff"  # sorts after every text that goes on from here


def matching(actor: Actor, question: str) -> ColumnElement[bool]:
    """Consultations of the actor's town in which every word of the question stands, as a word, beginning or tail.

    Says nothing of who may see them: the query it is put into asks the visibility rule.
    """
    terms = asked(question)
    if not terms:
        return false()
    return and_(*(Consultation.id.in_(_with(actor, term)) for term in terms))


def _with(actor: Actor, term: str) -> Select[int]:
    column = SearchTerm.term
    begins = and_(column >= term, column < term + _LAST) if len(term) >= WHOLE_UNDER else column == term
    return select(SearchTerm.consultation_id).where(
        SearchTerm.municipality_id == actor.municipality_id, or_(begins, column == f"-{term}")
    )
