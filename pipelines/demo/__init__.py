"""A synthetic city on real division codes, with every agency's exports in their real shapes.

Belongs here: the generator behind ``oncegrid init DIR --demo``. All persons, numbers and homes are made up; only the
divisions are real. Does not belong here: anything that reads what is generated (that is what the rest of the
project is for), and nothing of the project's pipeline is imported beyond ``schemas`` and the workspace's paths.
"""

from __future__ import annotations

from pipelines.demo.make import DemoReport, make_demo

__all__ = ["DemoReport", "make_demo"]
