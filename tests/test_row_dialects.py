"""connectors.text.row_dialects: rows of a table that are written with another delimiter."""

from __future__ import annotations

import pytest
from test_row_mending import HEADER, ROWS, cells, read


@pytest.mark.parametrize("sign", [";", "\t", "|", " "])
def test_a_row_written_with_another_delimiter(sign: str) -> None:
    rows, facts = read({20: sign.join(cells(20))})
    assert rows[21] == cells(20) and facts.resplit == 1 and facts.resplit_rows == [22]


@pytest.mark.parametrize("sign", [";", " "])
def test_words_with_the_delimiter_in_them_are_grouped(sign: str) -> None:
    table = [
        row.replace("东风街道", f"东风{sign}街道").replace("城关街道", f"城关{sign}街道") for row in ROWS
    ]
    written = table[20].replace(",", sign)
    rows, facts = read({20: written}, rows=table)
    assert rows[21] == table[20].split(",") and facts.resplit == 1


def test_a_quoted_cell_is_one_word() -> None:
    table = [row.replace("东风街道", "东风 街道") for row in ROWS]
    written = table[19].replace(",", " ").replace("东风 街道", '"东风 街道"')
    assert read({19: written}, rows=table)[0][20] == table[19].split(",")


def test_many_rows_in_another_dialect() -> None:
    rows, facts = read({n: ROWS[n].replace(",", "|") for n in range(40, 60)}, header=HEADER)
    assert rows[1:] == [cells(n) for n in range(60)] and facts.resplit == 20
