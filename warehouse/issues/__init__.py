"""Issues as a product: one entry for each trouble however many editions have it, its trend, and the ticket to send back.

``sight`` keeps what one batch told, ``make_cases`` joins the editions of all sources to ``issue_case`` and
``issue_trend``, ``find_issues`` answers from what is published and from the editions that wait, ``write_tickets``
writes one workbook an agency.
"""

from warehouse.issues.cases import make_cases
from warehouse.issues.editions import IssueInputs
from warehouse.issues.sightings import sight

__all__ = ["IssueInputs", "make_cases", "sight"]
