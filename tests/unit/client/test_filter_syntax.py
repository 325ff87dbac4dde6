"""The language of the filter bar."""

import pytest

from workbench.client.filter_syntax import (
    ANY,
    DEEP,
    Both,
    Comparison,
    Either,
    FilterError,
    Not,
    Path,
    TextSearch,
    parse_filter,
)


def parsed_comparison(text: str) -> Comparison:
    node = parse_filter(text)
    assert isinstance(node, Comparison), node
    return node


def test_blank_is_no_filter() -> None:
    assert parse_filter("   ") is None


@pytest.mark.parametrize(
    "text", ["timeout", "ord-88412192", "card declined", "value", "a.b", "in the end", "100%", "{"]
)
def test_what_begins_no_test_is_searched_for(text: str) -> None:
    assert parse_filter(text) == TextSearch(text)


def test_quotes_around_text_are_not_searched_for() -> None:
    assert parse_filter('"value.status == 1"') == TextSearch("value.status == 1")


def test_capitals_make_a_search_sensitive() -> None:
    assert TextSearch("Failed").is_case_sensitive
    assert not TextSearch("failed").is_case_sensitive


@pytest.mark.parametrize(
    ("text", "root", "steps"),
    [
        ("value.status == 1", "value", ("status",)),
        ("status == 1", "value", ("status",)),
        ("value.items[0].sku == 1", "value", ("items", 0, "sku")),
        ("value.items[-1] == 1", "value", ("items", -1)),
        ("value.items[*].sku == 1", "value", ("items", ANY, "sku")),
        ("value.**.sku == 1", "value", (DEEP, "sku")),
        ('value["a b"].c == 1', "value", ("a b", "c")),
        ('headers["content-type"] == "x"', "headers", ("content-type",)),
        ("headers.content-type == 'x'", "headers", ("content-type",)),
        ("partition == 3", "partition", ()),
    ],
)
def test_paths(text: str, root: str, steps: tuple[object, ...]) -> None:
    path = parsed_comparison(text).path
    assert (path.root, path.steps) == (root, steps)


@pytest.mark.parametrize(
    ("text", "operator", "operand"),
    [
        ('value.a == "x\\"y"', "==", 'x"y'),
        ("value.a != null", "!=", None),
        ("value.a = true", "==", True),
        ("value.a >= -1.5e3", ">=", -1500.0),
        ("value.a in [1, 'b', false]", "in", (1, "b", False)),
        ("value.a contains 'x'", "contains", "x"),
        ("value.a =~ 'x+'", "matches", "x+"),
        ("value.a exists", "exists", None),
        ("value.a is null", "is null", None),
        ("value.a is not null", "is not null", None),
    ],
)
def test_operators(text: str, operator: str, operand: object) -> None:
    node = parsed_comparison(text)
    assert (node.operator, node.operand) == (operator, operand)


def test_and_binds_closer_than_or() -> None:
    node = parse_filter("a == 1 or b == 2 and not c == 3")
    assert isinstance(node, Either)
    assert isinstance(node.right, Both)
    assert isinstance(node.right.right, Not)


def test_parentheses_and_symbols() -> None:
    node = parse_filter("(a == 1 || b == 2) && !(c == 3)")
    assert isinstance(node, Both)
    assert isinstance(node.left, Either)


def test_text_may_stand_among_tests() -> None:
    node = parse_filter('value.a == 1 and "timeout"')
    assert isinstance(node, Both)
    assert node.right == TextSearch("timeout")


@pytest.mark.parametrize(
    ("text", "sentence", "start", "length"),
    [
        ("value.status == FAILED", 'Text needs quotes: "FAILED".', 16, 6),
        ("value.status ==", "Something to compare with is missing after `==`.", 15, 1),
        ("value.status == 'a", "This text has no closing quote.", 16, 2),
        ("value.a == 1 value.b == 2", "`value` does not follow; join tests with `and` or `or`.", 13, 5),
        ("value.a == 1 and", "A field is expected here, not the end.", 16, 1),
        ("value.a in 3", '`in` needs a list: in ["a", "b"].', 11, 1),
        ("(value.a == 1", "`)` is missing: the parenthesis is not closed.", 13, 1),
        ("value.a[x] == 1", 'In brackets goes a number, a "name" or *.', 8, 1),
        ("value.a and value.b == 1", '`value.a` needs a test, such as `== "text"`, `> 100` or `exists`.', 0, 7),
        ("value.a foo 1", "`foo` is no test; use ==, !=, <, >, contains, in, exists.", 8, 3),
        ("value.a == 1 and value.b", '`value.b` needs a test, such as `== "text"`, `> 100` or `exists`.', 17, 7),
    ],
)
def test_faults_are_told_where_they_are(text: str, sentence: str, start: int, length: int) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text)
    assert (caught.value.sentence, caught.value.start, caught.value.length) == (sentence, start, length)


def test_a_path_is_written_as_it_may_be_typed() -> None:
    assert str(Path("value", ("items", ANY, "a b", 0), 0, 0)) == 'value.items[*]["a b"][0]'
