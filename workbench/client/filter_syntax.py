"""The language of the filter bar: text into a tree of tests, or the place and the reason why it is none.

    value.status == "FAILED" and (value.total > 100 or headers.source contains "api")
    value.items[*].sku in ["A-1", "A-2"]      key startswith "ord-"      timestamp >= "2026-03-12T13:00"
    not value.coupon exists                   value is null              partition == 3 and offset < 1000

A name that is none of the roots (`value`, `key`, `headers`, `partition`, `offset`, `timestamp`, `size`) means a field
of the value. Text in which no test begins is a search for that text in key, value and headers.
"""

from __future__ import annotations

import re

from workbench.system.quick_dataclass import dataclass

ROOTS = ("value", "key", "headers", "partition", "offset", "timestamp", "size")
NUMBER_ROOTS = ("partition", "offset", "timestamp", "size")
WORD_OPERATORS = ("contains", "startswith", "endswith", "matches", "in")

Literal = str | int | float | bool | None
Step = str | int
"""A field's name, an index, or ANY."""
ANY = "\0any"
"""The step `[*]` or `.*`: whichever element."""
DEEP = "\0deep"
"""The step `.**`: at any depth."""


class FilterError(Exception):
    """`start` and `length` in characters tell where to draw the underline."""

    def __init__(self, sentence: str, start: int = 0, length: int = 1) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.start = start
        self.length = max(1, length)


@dataclass(frozen=True, slots=True)
class Path:
    """`value.items[0].sku` is root value and steps items, 0, sku."""

    root: str
    steps: tuple[Step, ...]
    start: int
    length: int

    def __str__(self) -> str:
        text = self.root
        for step in self.steps:
            if step in (ANY, DEEP):
                text += "[*]" if step == ANY else ".**"
            elif isinstance(step, int):
                text += f"[{step}]"
            else:
                text += f".{step}" if re.fullmatch(r"[A-Za-z_][\w-]*", step) else f'["{step}"]'
        return text


@dataclass(frozen=True, slots=True)
class Comparison:
    """One test; `operand` is a list for `in`, and unused for `exists` and `is null`."""

    path: Path
    operator: str
    operand: Literal | tuple[Literal, ...]
    operand_start: int
    operand_length: int


@dataclass(frozen=True, slots=True)
class TextSearch:
    """Text anywhere in key, value or headers; capitals make it sensitive to case."""

    text: str

    @property
    def is_case_sensitive(self) -> bool:
        """Whoever types a capital means it."""
        return self.text != self.text.lower()


@dataclass(frozen=True, slots=True)
class Not:
    """Turns a test round."""

    inner: Node


@dataclass(frozen=True, slots=True)
class Both:
    """`and`."""

    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Either:
    """`or`."""

    left: Node
    right: Node


Node = Comparison | TextSearch | Not | Both | Either

_TOKENS = re.compile(
    r"""\s*(?:
        (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w])
      | (?P<operator>==|!=|<=|>=|=~|&&|\|\||[<>=!()\[\],.*])
      | (?P<word>[^\W\d][\w-]*)
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def parse_filter(text: str) -> Node | None:
    """None for blank text; raises FilterError where a test begins but does not end."""
    if not text.strip():
        return None
    if not _begins_a_test(text):
        return TextSearch(_plain(text.strip()))
    return _Parser(text).parse()


def _plain(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return _unquote(text)
    return text


_TEST = re.compile(
    r"""(?:(?:not\b|!|\()\s*)*
        [^\W\d][\w-]*(?:\s*\.\s*(?:[^\W\d][\w-]*|\*\*?)|\[[^\]]*\])*
        \s*(?:==|!=|<=|>=|<|>|=~|=|\b(?:contains|startswith|endswith|matches|in|exists|is)\b)
        | (?:(?:not\b|!|\()\s*)*(?:value|key|headers)\s*[.\[]
        | (?:(?:not\b|!|\()\s*)+(?:value|key|headers|partition|offset|timestamp|size)\b
        | (?:(?:not\b|!|\()\s*)*"(?:[^"\\]|\\.)*"\s*\)*\s*(?:and\b|or\b|&&|\|\|)
        | (?:partition|offset|timestamp|size)\s*$""",
    re.VERBOSE,
)


def _begins_a_test(text: str) -> bool:
    return _TEST.match(text.strip()) is not None


def _unquote(text: str) -> str:
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m.group(1), m.group(1)), text[1:-1])


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._tokenize(text))
        self._at = 0

    def _tokenize(self, text: str) -> list[_Token]:
        tokens: list[_Token] = []
        position = 0
        while position < len(text):
            if not text[position:].strip():
                break
            found = _TOKENS.match(text, position)
            if not found or found.lastgroup is None:
                start = position + len(text[position:]) - len(text[position:].lstrip())
                if text[start] in "\"'":
                    raise FilterError("This text has no closing quote.", start, len(text) - start)
                raise FilterError(f"`{text[start]}` means nothing here.", start)
            tokens.append(_Token(found.lastgroup, found.group(found.lastgroup), found.start(found.lastgroup)))
            position = found.end()
        return tokens

    # -- tokens -------------------------------------------------------------------------------------------------

    @property
    def _token(self) -> _Token:
        end = len(self._text.rstrip())
        return self._tokens[self._at] if self._at < len(self._tokens) else _Token("end", "", end)

    def _next(self) -> _Token:
        token = self._token
        self._at += 1
        return token

    def _accept(self, *texts: str) -> bool:
        if self._token.kind in ("operator", "word") and self._token.text.lower() in texts:
            self._at += 1
            return True
        return False

    def _expect(self, text: str, why: str) -> None:
        if not self._accept(text):
            raise FilterError(f"`{text}` is missing: {why}.", self._token.start, len(self._token.text))

    # -- grammar ------------------------------------------------------------------------------------------------

    def parse(self) -> Node:
        node = self._either()
        if self._token.kind != "end":
            token = self._token
            raise FilterError(
                f"`{token.text}` does not follow; join tests with `and` or `or`.", token.start, len(token.text)
            )
        return node

    def _either(self) -> Node:
        node = self._both()
        while self._accept("or", "||"):
            node = Either(node, self._both())
        return node

    def _both(self) -> Node:
        node = self._negated()
        while self._accept("and", "&&"):
            node = Both(node, self._negated())
        return node

    def _negated(self) -> Node:
        if self._accept("not", "!"):
            return Not(self._negated())
        if self._accept("("):
            node = self._either()
            self._expect(")", "the parenthesis is not closed")
            return node
        if self._token.kind == "string":
            return TextSearch(_unquote(self._next().text))
        return self._comparison()

    def _comparison(self) -> Node:
        path = self._path()
        operator = self._operator(path)
        if operator in ("exists", "is null", "is not null"):
            return Comparison(path, operator, None, path.start, path.length)
        start = self._token.start
        operand: Literal | tuple[Literal, ...]
        if operator == "in":
            operand = self._list()
        else:
            operand = self._literal(operator)
        length = self._tokens[self._at - 1].end - start
        return Comparison(path, operator, operand, start, length)

    def _operator(self, path: Path) -> str:
        token = self._token
        text = token.text.lower()
        if token.kind == "operator" and text in ("==", "!=", "<", "<=", ">", ">=", "=~", "="):
            self._at += 1
            return {"=": "==", "=~": "matches"}.get(text, text)
        if token.kind == "word" and text in WORD_OPERATORS:
            self._at += 1
            return text
        if self._accept("exists"):
            return "exists"
        if self._accept("is"):
            negated = self._accept("not")
            self._expect("null", "`is` asks for null")
            return "is not null" if negated else "is null"
        if token.kind == "end" or text in ("and", "or", ")", "&&", "||"):
            raise FilterError(
                f'`{path}` needs a test, such as `== "text"`, `> 100` or `exists`.', path.start, path.length
            )
        raise FilterError(
            f"`{token.text}` is no test; use ==, !=, <, >, contains, in, exists.", token.start, len(token.text)
        )

    def _path(self) -> Path:
        token = self._next()
        if token.kind != "word":
            what = f"`{token.text}`" if token.text else "the end"
            raise FilterError(f"A field is expected here, not {what}.", token.start, len(token.text))
        root = token.text
        steps: list[Step] = []
        if root.lower() in ROOTS:
            root = root.lower()
        else:
            root, steps = "value", [token.text]
        while True:
            if self._accept("."):
                steps.append(self._field_step())
            elif self._accept("["):
                steps.append(self._index_step())
            else:
                end = self._tokens[self._at - 1].end
                return Path(root, tuple(steps), token.start, end - token.start)

    def _field_step(self) -> Step:
        if self._accept("*"):
            return DEEP if self._accept("*") else ANY
        token = self._next()
        if token.kind == "word":
            return token.text
        if token.kind == "string":
            return _unquote(token.text)
        raise FilterError("A field's name is missing after the dot.", token.start, len(token.text))

    def _index_step(self) -> Step:
        token = self._next()
        step: Step
        if token.kind == "string":
            step = _unquote(token.text)
        elif token.kind == "number" and token.text.lstrip("-").isdigit():
            step = int(token.text)
        elif token.text == "*":
            step = ANY
        else:
            raise FilterError('In brackets goes a number, a "name" or *.', token.start, len(token.text))
        self._expect("]", "the bracket is not closed")
        return step

    def _list(self) -> tuple[Literal, ...]:
        if not self._accept("["):
            raise FilterError('`in` needs a list: in ["a", "b"].', self._token.start, len(self._token.text))
        items = [self._literal("in")]
        while self._accept(","):
            items.append(self._literal("in"))
        self._expect("]", "the list is not closed")
        return tuple(items)

    def _literal(self, operator: str) -> Literal:
        token = self._next()
        if token.kind == "string":
            return _unquote(token.text)
        if token.kind == "number":
            return int(token.text) if re.fullmatch(r"-?\d+", token.text) else float(token.text)
        if token.kind == "word" and token.text.lower() in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[token.text.lower()]
        if token.kind == "end":
            raise FilterError(f"Something to compare with is missing after `{operator}`.", token.start)
        if token.kind == "word":
            raise FilterError(f'Text needs quotes: "{token.text}".', token.start, len(token.text))
        raise FilterError(f"`{token.text}` is nothing to compare with.", token.start, len(token.text))
