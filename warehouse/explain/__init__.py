"""One person on one page: every record, value, link, decision and change behind a resident, as data and as a page.

``finding.py`` finds whom a name of a resident or record means, ``gathering.py`` collects, ``page.py`` and ``chart.py``
render. Reads the published snapshot and the decisions in the workspace's state, nothing else.
"""
