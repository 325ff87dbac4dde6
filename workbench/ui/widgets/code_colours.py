"""Colours for short snippets of shell, Python, Java and properties: strings, numbers, comments, words, options."""

from __future__ import annotations

import re

from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from workbench.ui.theme import theme

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b\d[\d_.]*\b"), "num"),
    (
        re.compile(
            r"\b(?:from|import|for|in|as|with|print|def|return|lambda|new|var|public|static|void|class|while|true|false"
            r"|True|False|None|try)\b"
        ),
        "lit",
    ),
    (re.compile(r"^\s*[\w-]+\.sh\b|^\s*kcat\b|^\s*pip\b"), "t3"),
    (re.compile(r"^[a-z][\w.]+(?==)"), "key"),
    (re.compile(r"\b[a-z_]+(?==)"), "key"),
    (re.compile(r"\"[^\"]*\"|'[^']*'"), "str"),
    (re.compile(r"(?:^|\s)(?:#|//).*$"), "t3"),
)


class CodeColours(QSyntaxHighlighter):
    """Applies the rules in order, the later over the earlier; follows the theme."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        theme().changed.connect(self.rehighlight)

    def highlightBlock(self, text: str) -> None:
        """Colours one line."""
        if text[:2] in ("+ ", "- "):
            self._mark(0, len(text), theme().color("ok" if text[0] == "+" else "err"))
            return
        for pattern, token in _RULES:
            for match in pattern.finditer(text):
                self._mark(match.start(), match.end() - match.start(), theme().color(token))

    def _mark(self, start: int, length: int, color: QColor) -> None:
        form = QTextCharFormat()
        form.setForeground(color)
        self.setFormat(start, length, form)
