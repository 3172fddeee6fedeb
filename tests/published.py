"""Where the published data lie that the repository may not ship: the folder that ONCEGRID_SHARED names, or
`shared` beside this checkout. Tests that need them are skipped where they are absent, and `.ci/run` then fails.
"""

import os
from pathlib import Path

SHARED = Path(os.environ.get("ONCEGRID_SHARED") or Path(__file__).resolve().parents[2] / "shared")
DATA = SHARED / "data"
REAL = DATA / "real"
