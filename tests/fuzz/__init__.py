"""Fuzzing of the readers: damaged files made from small valid ones, read in child processes, judged by what must always hold.

``python -m tests.fuzz READER --seconds 600`` runs one reader, ``make fuzz`` all of them; ``test_fuzz.py`` runs a few
hundred cases of each. ``seeds.py``: the valid files; ``mutate.py``: the damage; ``oracle.py``: what must hold;
``campaign.py``: many cases in workers that may crash or hang.
"""
