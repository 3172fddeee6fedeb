"""Nodes and scored pairs become persons: anchors, margins, followers, groups, and what no weight overrides."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping

import pytest
from graphs import PLAIN, Graph, assigned, clusters, several, told
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.link.assign import AssignSettings

LOOSE = dataclasses.replace(PLAIN, link=0, group=0)


def nodes(names: str, anchors: str = "") -> Mapping[str, bool]:
    return {name: name in anchors for name in names}


def test_a_node_takes_its_best_anchor_if_it_is_well_before_the_second() -> None:
    con = assigned(Graph(nodes("ABxyz", "AB"), {
        ("A", "x"): 9, ("B", "x"): 5,  # four bits before
        ("A", "y"): 9, ("B", "y"): 7,  # two
        ("A", "z"): 1.9,  # not good enough
    }))  # fmt: skip
    assert several(con) == {"Ax"}
    rows = con.execute(
        "select node_id, match_rule, match_weight, via_node, margin, reason from link_cluster order by node_id"
    ).fetchall()
    assert rows[0][:2] == ("A", "first") and rows[1][:2] == ("B", "single")
    assert rows[2] == (
        "x",
        "probable",
        9.0,
        "A",
        4.0,
        "与有证件号码的记录相符：姓名相同；匹配权重 9.0，比次优人选高 4.0",
    )
    assert rows[3][1:5] == ("single", None, None, 2.0), "the margin that kept it out is told"


def test_two_anchors_are_never_one_person_whatever_the_weight_and_however_long_the_chain() -> None:
    con = assigned(
        Graph(nodes("ABxy", "AB"), {("A", "B"): 40, ("A", "x"): 30, ("x", "y"): 30, ("B", "y"): 30})
    )
    assert several(con) == {"Ax", "By"}


def test_a_node_follows_its_neighbours_to_the_one_anchor_they_all_point_to() -> None:
    graph = Graph(nodes("ABuvwxy", "AB"), {
        ("A", "x"): 12, ("x", "u"): 8, ("u", "v"): 8,  # u follows x, then v follows u
        ("B", "y"): 12, ("x", "w"): 9, ("y", "w"): 9,  # w's neighbours are two persons
    })  # fmt: skip
    con = assigned(graph)
    assert several(con) == {"Auvx", "By"}
    rows = con.execute(
        "select node_id, via_node from link_cluster where match_rule = 'probable' order by 1"
    ).fetchall()
    assert rows == [("u", "x"), ("v", "u"), ("x", "A"), ("y", "B")]


def test_a_group_needs_a_good_mean_and_not_one_good_pair() -> None:
    chain = {("a", "b"): 20.0, ("c", "d"): 20.0, ("b", "c"): 6.0}
    against = chain | {("a", "c"): -5.0, ("a", "d"): -5.0, ("b", "d"): -5.0}
    assert several(assigned(Graph(nodes("abcd"), against))) == {"ab", "cd"}
    agreeing = chain | {("a", "c"): 6.0, ("a", "d"): 6.0, ("b", "d"): 6.0}
    assert several(assigned(Graph(nodes("abcd"), agreeing))) == {"abcd"}


def test_small_groups_join_a_larger_one_by_their_best_pair_where_that_is_set() -> None:
    edges = dict.fromkeys(itertools.combinations("abcdefgh", 2), 10.0) | {
        ("h", "x"): 4.0,
        ("x", "y"): 9.0,
    }
    graph = Graph(nodes("abcdefghxy"), edges)
    gather = dataclasses.replace(PLAIN, unscored=-1.0, group=1.0)
    assert several(assigned(graph, gather)) == {"abcdefgh", "xy"}
    assert several(assigned(graph, dataclasses.replace(gather, small=2))) == {"abcdefghxy"}
    apart = dataclasses.replace(graph, apart=[("a", "y")])
    assert several(assigned(apart, dataclasses.replace(gather, small=2))) == {"abcdefgh", "xy"}


def test_a_vetoed_pair_never_links_but_binds_nobody_else_unless_it_is_set_to() -> None:
    graph = Graph(nodes("Axy", "A"), {("A", "x"): 9, ("A", "y"): 9, ("x", "y"): (20, "twins")})
    assert several(assigned(graph)) == {"Axy"}
    bound = dataclasses.replace(PLAIN, binding=("twins",))
    con = assigned(graph, bound)
    assert several(con) == {"Ax"}
    assert con.execute("select kind, node_id, other_id from link_doubt").fetchall() == [("apart", "y", "A")]


def test_a_person_has_one_living_record_of_a_source_by_weights() -> None:
    slots = [("A", "police"), ("x", "health"), ("y", "health"), ("z", "police")]
    graph = Graph(nodes("Axyz", "A"), {("A", "x"): 9, ("A", "y"): 8, ("A", "z"): 20}, slots=slots)
    con = assigned(graph)
    assert several(con) == {"Ax"}, "the better of two records of one source stays"
    assert con.execute("select kind, node_id from link_doubt").fetchall() == [("same_source", "y")]
    loose = Graph(
        nodes("xyz"), {("x", "y"): 20, ("x", "z"): 10, ("y", "z"): 9}, slots=[("x", "s"), ("y", "s")]
    )
    assert several(assigned(loose)) == {"xz"}


def test_what_a_person_joined_stays_joined_and_what_was_parted_stays_apart() -> None:
    con = assigned(
        Graph(nodes("ABxy", "AB"), {("A", "x"): 30}, apart=[("A", "x")], together=[("A", "B"), ("B", "y")])
    )
    assert several(con) == {"ABy"}
    assert dict(con.execute("select node_id, match_rule from link_cluster").fetchall()) == {
        "A": "first", "B": "judgement", "y": "judgement", "x": "single"}  # fmt: skip


def test_of_decisions_that_contradict_each_other_different_stands() -> None:
    graph = Graph(nodes("xyz"), apart=[("x", "z")], together=[("x", "y"), ("y", "z")])
    con = assigned(graph)
    assert several(con) == {"yz"}, "the newer of the two that cannot both be followed"
    assert con.execute("select kind, node_id, other_id from link_doubt").fetchall() == [
        ("judgement", "x", "y")
    ]


def test_a_cluster_of_too_many_records_is_not_formed_but_asked_about() -> None:
    names = "abcdefgh"
    most = dataclasses.replace(PLAIN, most=5)
    con = assigned(Graph(nodes("A" + names, "A"), {("A", n): 9.0 for n in names}), most)
    assert several(con) == set()
    assert con.execute("select distinct kind, other_id from link_doubt").fetchall() == [("oversize", "A")]
    loose = assigned(Graph(nodes(names), dict.fromkeys(itertools.combinations(names, 2), 9.0)), most)
    assert max(len(one) for one in clusters(loose)) <= 5
    assert loose.execute("select distinct kind from link_doubt").fetchall() == [("oversize",)]


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="treshold"):
        AssignSettings.of({"treshold": 2})
    assert AssignSettings.of({"binding": ["twins"]}).binding == ("twins",)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    names = [chr(97 + n) for n in range(draw(st.integers(2, 12)))]
    pairs = list(itertools.combinations(names, 2))
    some = st.lists(st.sampled_from(pairs), max_size=6, unique=True)
    weights = st.integers(-24, 80).map(lambda n: n / 4)
    edges = draw(
        st.dictionaries(st.sampled_from(pairs), st.one_of(weights, weights.map(lambda w: (w, "twins"))))
    )
    slots = draw(
        st.lists(st.tuples(st.sampled_from(names), st.sampled_from(["s", "t"])), max_size=6, unique=True)
    )
    return Graph({n: draw(st.booleans()) for n in names}, edges, draw(some), draw(some), slots)


def _joined(graph: Graph) -> list[set[str]]:
    """The nodes of each chain of "same"."""
    found: list[set[str]] = []
    for one, other in graph.together:
        touched = [group for group in found if group & {one, other}]
        found = [group for group in found if group not in touched] + [{one, other}.union(*touched)]
    return found


@settings(max_examples=60, deadline=None)
@given(graph=graphs(), small=st.sampled_from([0, 2]), bound=st.booleans())
def test_cannot_link_always_holds(graph: Graph, small: int, bound: bool) -> None:
    chosen = dataclasses.replace(LOOSE, small=small, most=6, binding=("twins",) if bound else ())
    con = assigned(graph, chosen)
    found = dict(con.execute("select node_id, cluster from link_cluster").fetchall())
    assert set(found) == set(graph.nodes)
    for one, other in graph.apart:
        assert found[one] != found[other]
    said = _joined(graph)

    def by_word(one: str, other: str) -> bool:
        return any({one, other} <= group for group in said)

    for members in clusters(con):
        # What no person joined: one anchor, one node a slot, no bound veto.
        for one, other in itertools.combinations(sorted(members), 2):
            if by_word(one, other) or any(by_word(m, n) for m in (one, other) for n in members - {m}):
                continue
            assert not (graph.nodes[one] and graph.nodes[other])
            assert not {s for n, s in graph.slots if n == one} & {s for n, s in graph.slots if n == other}
            if bound:
                assert not isinstance(graph.edges.get((one, other)), tuple)
        if not said:
            assert len(members) <= 6
        anchored = {n for n in members if graph.nodes[n]}
        assert {found[n] for n in members} == {min(anchored or members)}


@settings(max_examples=25, deadline=None)
@given(graph=graphs(), seed=st.integers(0, 9))
def test_row_order_and_threads_change_nothing(graph: Graph, seed: int) -> None:
    first = told(assigned(graph, LOOSE, threads=1))
    assert told(assigned(graph, LOOSE, threads=2, shuffle=seed)) == first


def _average_linkage(graph: Graph, link: float, unscored: float) -> set[frozenset[str]]:
    """The same groups by the textbook: join the pair with the best mean until none is good enough."""
    groups = [frozenset(n) for n in sorted(graph.nodes)]

    def mean(x: frozenset[str], y: frozenset[str]) -> float:
        pairs = [graph.edges.get((min(a, b), max(a, b)), unscored) for a in x for b in y]
        return sum(w for w in pairs if not isinstance(w, tuple)) / len(pairs)

    while len(groups) > 1:
        value, _, x, y = max(
            (mean(x, y), [-ord(min(x)), -ord(min(y))], x, y) for x, y in itertools.combinations(groups, 2)
        )
        if value < link:
            break
        groups = sorted([g for g in groups if g not in (x, y)] + [x | y], key=min)
    return set(groups)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_grouping_is_average_linkage(data: st.DataObject) -> None:
    names = "abcdefghij"
    # Weights of which no two means are equal, so that the order of joining is plain.
    pairs = data.draw(st.lists(st.sampled_from(list(itertools.combinations(names, 2))), unique=True))
    weights = data.draw(
        st.lists(st.integers(-4000, 12000), min_size=len(pairs), max_size=len(pairs), unique=True)
    )
    graph = Graph(nodes(names), {pair: w / 1000 for pair, w in zip(pairs, weights, strict=True)})
    assert clusters(assigned(graph, dataclasses.replace(LOOSE, group=1.0))) == _average_linkage(
        graph, 1.0, -0.5
    )
