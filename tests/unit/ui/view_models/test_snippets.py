"""Snippets: filled with the address and the topic, and whole as programs."""

from __future__ import annotations

import ast

from workbench.ui.view_models.snippets import EXAMPLE_TOPIC, snippets


def test_every_snippet_has_the_address_and_all_but_properties_the_topic() -> None:
    for snippet in snippets("localhost:27500", "my.topic"):
        assert "localhost:27500" in snippet.code
        assert snippet.key == "properties" or "my.topic" in snippet.code
        assert "{bootstrap}" not in snippet.code and "{{" not in snippet.code.replace("{{}}", "")
        assert snippet.title and snippet.about


def test_python_compiles_and_an_empty_topic_becomes_the_example() -> None:
    for snippet in snippets("localhost:9092", ""):
        if snippet.key.startswith("python"):
            ast.parse(snippet.code)
            assert EXAMPLE_TOPIC in snippet.code


def test_java_has_balanced_braces() -> None:
    java = next(snippet.code for snippet in snippets("localhost:9092", "t") if snippet.key == "java")
    assert java.count("{") == java.count("}") and java.count("(") == java.count(")")
