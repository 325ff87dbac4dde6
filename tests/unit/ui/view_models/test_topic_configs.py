"""Configs offered for a new topic."""

from __future__ import annotations

from workbench.ui.view_models.config_rows import in_words
from workbench.ui.view_models.topic_configs import BY_KEY, OFFERED


def test_each_key_once_with_words_and_an_allowed_default() -> None:
    assert len(BY_KEY) == len(OFFERED)
    for config in OFFERED:
        assert config.about.endswith(".")
        assert not config.choices or config.default in config.choices
        assert in_words(config.key, config.default)
