"""What persons decide about who is who: their decisions, the queue of what waits for one, work in xlsx, the monthly sample.

``judgements.py`` keeps decisions, ``queue.py`` and ``links.py`` make the published tables of a night, ``desk.py`` shows
items and takes verdicts, ``workbook.py`` carries both in xlsx, ``sample.py`` estimates precision. Nothing is imported
here, since linkage uses parts of this package and the command line must start at once.
"""
