"""What the linkage benchmark is made of: data sets with their truth, the methods, the measures.

Belongs here: all that ``benchmarks/link.py`` and ``benchmarks/link_difficulty.py`` share. Does not belong here: the
project's own linkage (``warehouse/link``), which is called through its public functions like anybody would.
"""
