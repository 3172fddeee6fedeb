"""connectors.text.column_shapes: what the columns of a table hold."""

from __future__ import annotations

from connectors.text.column_shapes import ColumnShapes


def test_shapes_know_what_a_column_holds() -> None:
    shapes = ColumnShapes([[f"2024-01-{n:02}", "男女"[n % 2], f"{n}"] for n in range(10, 29)])
    assert shapes.typed == [True, True, True]
    assert shapes.fits(["2024-02-03", "男", "7"]) and not shapes.fits(["男", "2024-02-03", "7"])
    assert shapes.misfits(["男", "2024-02-03", "7"]) == 2
    assert shapes.likelihood(["2024-02-03", "女", "17"]) > shapes.likelihood(["2024-02-03", "人", "17"])
    assert not ColumnShapes([["1", "2"]]).fits(["1", "2"])  # one row tells nothing


def test_a_column_of_few_values_knows_them() -> None:
    shapes = ColumnShapes([["男女"[n % 2], f"{n}号路{'东西'[n % 2] * (n % 5)}"] for n in range(60)])
    assert shapes.met(0, "男") == 30 and shapes.met(0, "伟") == 0
    assert shapes.wordy == [False, True]
    assert shapes.running(["男", "7号路"])[1][0] == 0 and shapes.running(["7号路", "男"])[1][0] == 1


def test_the_row_itself_does_not_vouch_for_itself() -> None:
    shapes = ColumnShapes([[str(n), "甲"] for n in range(20)] + [["20", '乙"']])
    assert shapes.misfits(["20", '乙"']) == 0 and shapes.misfits(["20", '乙"'], 2) == 1
