"""Colours of the window, by purpose, for dark and for light: the only place for hex values.

Invariants: every text colour keeps a contrast of 4.5 to 1 against window, base, raised and inset (`t4`, which is
for disabled text alone, excepted); the eight series keep apart in simulated colour blindness; a colour is never
the only carrier of a meaning.
"""

from __future__ import annotations

from workbench.system.quick_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Tokens:
    """One set of colours, each `#RRGGBB`; field names are the design's token names."""

    name: str
    window: str
    base: str
    raised: str
    inset: str
    hover: str
    selin: str
    sel: str
    line: str
    line2: str
    ctl: str
    t1: str
    t2: str
    t3: str
    t4: str
    accent: str
    fill: str
    ok: str
    okbg: str
    warn: str
    warnbg: str
    err: str
    errbg: str
    off: str
    offbg: str
    infobg: str
    str_: str
    num: str
    lit: str
    key: str
    series: tuple[str, ...]
    on_fill: str = "#FFFFFF"
    on_light: str = "#101216"
    sheet: str = "#000000"


DARK = Tokens(
    name="dark",
    window="#15171C",
    base="#1A1D23",
    raised="#22262E",
    inset="#111318",
    hover="#282D37",
    selin="#2B3140",
    sel="#24375E",
    line="#2B303A",
    line2="#414856",
    ctl="#667081",
    t1="#E7E9EE",
    t2="#ABB2C0",
    t3="#868FA0",
    t4="#5C6473",
    accent="#7FA8FF",
    fill="#2E66DB",
    ok="#55C98F",
    okbg="#1A3128",
    warn="#E9AE45",
    warnbg="#362B16",
    err="#FF7F76",
    errbg="#3B2022",
    off="#8C95A5",
    offbg="#272B33",
    infobg="#1F2C48",
    str_="#A3D39C",
    num="#E6BB7D",
    lit="#C9ABF6",
    key="#93BAF5",
    series=("#6FABFF", "#F59BB3", "#3B9282", "#E8DB5A", "#9A70E2", "#DC7924", "#A3E89B", "#7F97B0"),
)

LIGHT = Tokens(
    name="light",
    window="#F0F2F4",
    base="#FFFFFF",
    raised="#F7F8FA",
    inset="#F4F6F8",
    hover="#E8EBEF",
    selin="#E6E9EF",
    sel="#D6E3FF",
    line="#E0E3E8",
    line2="#BFC5CE",
    ctl="#838B98",
    t1="#1A1E25",
    t2="#4C5563",
    t3="#5F6876",
    t4="#9AA2AE",
    accent="#2458CF",
    fill="#2458CF",
    ok="#13734A",
    okbg="#E2F4EA",
    warn="#8A5600",
    warnbg="#FCF0D6",
    err="#BE2A31",
    errbg="#FCE6E5",
    off="#5F6977",
    offbg="#E9ECF0",
    infobg="#E4ECFD",
    str_="#1C6A38",
    num="#8A4A00",
    lit="#6632B4",
    key="#2A539F",
    series=("#335BD0", "#AD2A7D", "#0098A4", "#8F7C05", "#562FAF", "#CB6B60", "#506B24", "#6C4C52"),
)


def luminance(color: str) -> float:
    """Relative luminance of `#RRGGBB`, 0 to 1 (WCAG 2.1)."""

    def linear(channel: int) -> float:
        value = channel / 255
        return value / 12.92 if value <= 0.03928 else float(((value + 0.055) / 1.055) ** 2.4)

    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def contrast(first: str, second: str) -> float:
    """Contrast of two colours, 1 to 21 (WCAG 2.1)."""
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def ink_on(background: str, tokens: Tokens) -> str:
    """White or near-black, whichever reads better on a series colour."""
    white, black = tokens.on_fill, tokens.on_light
    return white if contrast(white, background) >= contrast(black, background) else black
