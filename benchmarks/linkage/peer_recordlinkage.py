"""recordlinkage on the demo city: its index, its comparisons, its ECM classifier, connected components.

Runs in an environment of its own (``make peers``): recordlinkage 0.16 needs pandas below 3, and beside pandas 3 pip
falls back to a version of 2018 without a word. So this file is a program that imports nothing of ours:

    .venv/peers/bin/python benchmarks/linkage/peer_recordlinkage.py PLAIN.parquet CLUSTERS.parquet

``PLAIN`` has the columns of ``plain_splink.plain_table``; ``CLUSTERS`` gets (unique_id, cluster).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

BLOCKS: tuple[tuple[str, ...], ...] = (
    ("id_number",), ("name", "dob"), ("phone", "name"), ("phone", "dob"), ("address", "name"), ("address", "dob"),
)  # fmt: skip


def main(plain: Path, out: Path) -> None:
    import numpy as np
    import pandas as pd
    import recordlinkage
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    began = time.perf_counter()
    records = pd.read_parquet(plain).set_index("unique_id")
    links: Any = None
    for block in BLOCKS:
        part = records.dropna(subset=list(block))
        found = recordlinkage.Index().block(list(block)).index(part)
        links = found if links is None else links.union(found)
    compare = recordlinkage.Compare()
    compare.exact("id_number", "id_number", missing_value=np.nan, label="id_number")
    compare.string("name", "name", method="jarowinkler", threshold=0.88, missing_value=np.nan, label="name")
    compare.exact("dob", "dob", missing_value=np.nan, label="dob")
    compare.exact("sex", "sex", missing_value=np.nan, label="sex")
    compare.exact("phone", "phone", missing_value=np.nan, label="phone")
    compare.string(
        "address", "address", method="levenshtein", threshold=0.85, missing_value=np.nan, label="address"
    )
    # The classifier knows agreement and disagreement only: what is missing does not agree, as its documentation has it.
    features = compare.compute(links, records).fillna(0)
    matches = recordlinkage.ECMClassifier().fit_predict(features)
    position = pd.Series(np.arange(len(records)), index=records.index)
    left, right = (position.loc[matches.get_level_values(i)].to_numpy() for i in (0, 1))
    graph = coo_matrix((np.ones(len(left)), (left, right)), shape=(len(records), len(records)))
    _, label = connected_components(graph, directed=False)
    pd.DataFrame({"unique_id": records.index.to_numpy(), "cluster": label}).to_parquet(out)
    told = {
        "version": recordlinkage.__version__,
        "pandas": pd.__version__,
        "pairs": len(links),
        "links": len(matches),
    }
    print(json.dumps(told | {"seconds": {"all": round(time.perf_counter() - began, 2)}}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
