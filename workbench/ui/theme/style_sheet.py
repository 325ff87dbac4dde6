"""The one style sheet of the window, filled from tokens and scaled sizes.

Variants are dynamic properties (`primary`, `quiet`, `tone`, `role`), never a style sheet on a single widget.
Names written as $token are colours, $p<number> are design pixels at the text scale.
"""

from __future__ import annotations

import re
from dataclasses import fields
from string import Template

from workbench.ui.theme.fonts import Fonts
from workbench.ui.theme.tokens import Tokens

_SHEET = """
* { outline: none; }
QMainWindow, QDialog, #frame { background: $window; }
QMainWindow::separator { background: $line; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: $accent; }
QStatusBar { background: $window; } QStatusBar::item { border: none; }
QToolTip { background: $raised; color: $t1; border: 1px solid $line2; padding: 4px 6px; font-size: $p12; }
QLabel { background: transparent; }
QLabel[role="label"] { color: $t3; font-size: $p11; }
QLabel[role="second"] { color: $t2; }
QLabel[role="help"] { color: $t2; font-size: $p12; }
QLabel[role="dim"] { color: $t3; font-size: $p12; }
QLabel[role="name"] { font-weight: 500; }
QLabel[role="title"] { font-size: $p15; font-weight: 600; }
QLabel[role="headline"] { font-size: $p23; font-weight: 600; }
QLabel[tone="ok"] { color: $ok; }  QLabel[tone="warn"] { color: $warn; }
QLabel[tone="err"] { color: $err; }  QLabel[tone="accent"] { color: $accent; }
QLabel[tone="disabled"] { color: $t4; }

#topRow, #navigator, #documentBar, #inspector, #dock, #statusRow { background: $window; }
#topRow, #documentBar { border-bottom: 1px solid $line; }
#statusRow { border-top: 1px solid $line; }
#pane { background: $base; }
#paneHeader { background: $base; border-bottom: 1px solid $line; }
#strip { background: $base; border-bottom: 1px solid $line; }
#footer { background: $base; border-top: 1px solid $line; }
#sectionHead { background: $window; border-top: 1px solid $line; border-bottom: 1px solid $line; }
#pendingBar { background: $infobg; border-top: 2px solid $accent; }
#code { background: $inset; border: 1px solid $line; border-radius: 5px; }
#card { background: $raised; border: 1px solid $line; border-radius: 5px; }
#card[chosen="true"] { border: 1px solid $accent; }
#notice { border-radius: 5px; background: $infobg; }
#notice[tone="warn"] { background: $warnbg; }  #notice[tone="err"] { background: $errbg; }
#notice[tone="ok"] { background: $okbg; }  #notice[tone="off"] { background: $offbg; }
#toast { background: $raised; border: 1px solid $line2; border-radius: 8px; }
#popup { background: $raised; border: 1px solid $line2; border-radius: 8px; }
#popupSearch { border: none; background: transparent; font-size: $p15; padding: 0; }
#hairline { background: $line; }

QMenuBar { background: transparent; color: $t2; padding: 0 6px; spacing: 0; }
QMenuBar::item { padding: 6px 9px; border-radius: 5px; background: transparent; }
QMenuBar::item:selected { background: $hover; color: $t1; }
QMenu { background: $raised; border: 1px solid $line2; border-radius: 8px; padding: 4px; color: $t1; }
QMenu::item { padding: 5px 26px 5px 10px; border-radius: 5px; }
QMenu::item:selected { background: $sel; }
QMenu::item:disabled { color: $t4; background: transparent; }
QMenu::separator { height: 1px; background: $line; margin: 4px 6px; }
QMenu::icon { padding-left: 8px; }

QPushButton { background: $raised; color: $t1; border: 1px solid $line2; border-radius: 5px;
  padding: 0 11px; min-height: $p24; max-height: $p24; }
QPushButton:hover { background: $hover; }
QPushButton:pressed, QPushButton:checked { background: $selin; }
QPushButton:focus { border: 2px solid $accent; padding: 0 10px; min-height: $p22; max-height: $p22; }
QPushButton:disabled { color: $t4; background: $window; border-color: $line; }
QPushButton[small="true"] { min-height: $p20; max-height: $p20; padding: 0 8px; font-size: $p12; }
QPushButton[primary="true"] { background: $fill; color: $on_fill; border-color: $fill; font-weight: 500; }
QPushButton[primary="true"]:hover { background: $fillhover; }
QPushButton[primary="true"]:disabled { background: $window; color: $t4; border-color: $line; }
QPushButton[quiet="true"] { background: transparent; border-color: transparent; color: $t2; }
QPushButton[quiet="true"]:hover { background: $hover; color: $t1; }
QPushButton[quiet="true"]:focus { border: 2px solid $accent; }
QPushButton[quiet="true"]:disabled { color: $t4; }
QPushButton[link="true"] { background: transparent; border: none; color: $accent; padding: 0; font-size: $p12; }
QPushButton[link="true"]:hover { text-decoration: underline; }
QPushButton[link="true"]:focus { border: 2px solid $accent; }
QPushButton[search="true"] { background: $base; color: $t3; text-align: left; border-color: $line; padding: 0 9px; }
QPushButton[search="true"]:hover { border-color: $ctl; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 5px; padding: 2px; color: $t2; }
QToolButton:hover { background: $hover; }
QToolButton:pressed, QToolButton:checked { background: $selin; }
QToolButton:focus { border: 2px solid $accent; padding: 1px; }
QToolButton[boxed="true"] { background: $raised; border: 1px solid $line; }
QToolButton[boxed="true"]:focus { border: 2px solid $accent; padding: 1px; }
QToolButton::menu-indicator { image: none; width: 0; }

QPushButton[segment] { border-radius: 0; border: 1px solid $line2; border-left-width: 0; color: $t2; font-weight: 400; }
QPushButton[segment="first"], QPushButton[segment="only"] { border-left-width: 1px; border-top-left-radius: 5px;
  border-bottom-left-radius: 5px; }
QPushButton[segment="last"], QPushButton[segment="only"] { border-top-right-radius: 5px;
  border-bottom-right-radius: 5px; }
QPushButton[segment]:checked { background: $selin; color: $t1; font-weight: 500; }
QPushButton[segment]:focus { border: 2px solid $accent; }

QLineEdit, QPlainTextEdit[field="true"], QSpinBox, QComboBox { background: $inset; color: $t1;
  border: 1px solid $ctl; border-radius: 5px; padding: 0 8px; selection-background-color: $sel; selection-color: $t1; }
QLineEdit, QSpinBox, QComboBox { min-height: $p24; max-height: $p24; }
QLineEdit:focus, QSpinBox:focus, QComboBox:focus, QPlainTextEdit[field="true"]:focus { border: 2px solid $accent;
  padding: 0 7px; }
QLineEdit:focus, QSpinBox:focus, QComboBox:focus { min-height: $p22; max-height: $p22; }
QLineEdit:disabled, QSpinBox:disabled, QComboBox:disabled { color: $t4; border-color: $line2; }
QLineEdit[state="ok"] { border-color: $ok; }  QLineEdit[state="err"] { border-color: $err; }
QLineEdit[mono="true"], QPlainTextEdit[mono="true"] { font-family: "$mono"; font-size: $p12; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow { image: url("$arrow"); width: 9px; height: 6px; }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $line2; padding: 3px;
  selection-background-color: $sel; selection-color: $t1; }
QSpinBox QLineEdit, QComboBox QLineEdit, QSpinBox QLineEdit:focus, QComboBox QLineEdit:focus { border: none;
  background: transparent; padding: 0 6px; min-height: 0; border-radius: 0; }
QSpinBox, QSpinBox:focus { padding: 0; }
QSpinBox::up-button, QSpinBox::down-button { width: 0; border: none; }
QCheckBox, QRadioButton { color: $t1; spacing: 8px; background: transparent; }
QCheckBox:disabled, QRadioButton:disabled { color: $t4; }
QCheckBox::indicator { width: 12px; height: 12px; border: 1px solid $ctl; border-radius: 3px; background: $inset; }
QCheckBox::indicator:checked { background: $fill; border-color: $fill; image: url("$tick"); }
QCheckBox::indicator:disabled { border-color: $line2; }
QCheckBox:focus { color: $accent; }  QRadioButton:focus { color: $accent; }

QTabBar[document="true"] { background: $window; font-size: $p13; }
QTabBar::scroller { width: $p44; }
QTabBar[document="true"] QToolButton { background: $window; border: none; border-bottom: 1px solid $line;
  border-radius: 0; }
QTabBar[document="true"] QToolButton:hover { background: $hover; }
QTabBar[document="true"]::tab { background: $window; color: $t2; border: none; border-right: 1px solid $line;
  padding: 0 10px; height: $p31; min-width: 40px; }
QTabBar[document="true"]::tab:selected { background: $base; color: $t1; border-top: 2px solid $cluster; }
QTabBar[document="true"]::tab:hover:!selected { background: $hover; }
QTabBar[inner="true"]::tab { background: transparent; color: $t2; border: none; padding: 0 1px; margin: 0 11px;
  height: $p29; border-bottom: 2px solid transparent; }
QTabBar[inner="true"]::tab:selected { color: $t1; font-weight: 500; border-bottom: 2px solid $accent; }
QTabBar[inner="true"]::tab:hover:!selected { color: $t1; }
QTabBar[inner="true"]::tab:focus { color: $accent; }

QTreeView, QTableView, QListView { background: $base; border: none; color: $t1; font-size: $p12;
  selection-background-color: $selin; selection-color: $t1; }
#inspector QTableView { background: $window; }
#navigator QTreeView { background: $window; font-size: $p13; }
QHeaderView { background: $window; border: none; }
QHeaderView::section { background: $window; color: $t3; border: none; border-bottom: 1px solid $line;
  padding: 0 8px; font-size: $p11; height: $p23; font-weight: 400; }
QHeaderView::section:first { padding-left: 12px; }
QListWidget { font-size: $p13; }
QListWidget::item { padding: 4px 10px; border-radius: 0; color: $t2; }
QListWidget::item:hover { background: $hover; }
QListWidget::item:selected { background: $selin; color: $t1; }
QHeaderView::section:hover { color: $t1; }
QPlainTextEdit { background: $inset; border: none; color: $t1; selection-background-color: $sel;
  selection-color: $t1; }
QPlainTextEdit#logLines { background: $window; }
QScrollArea { background: transparent; border: none; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QScrollArea > QWidget > QWidget#canvas { background: transparent; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $line2; border-radius: 3px; margin: 2px; min-height: 24px; min-width: 24px; }
QScrollBar::handle:hover { background: $ctl; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: $line; }
QSplitter::handle:hover { background: $accent; }
QProgressBar { background: $hover; border: none; max-height: 2px; min-height: 2px; }
QProgressBar::chunk { background: $accent; }
"""


def style_sheet(tokens: Tokens, fonts: Fonts, cluster: str | None = None) -> str:
    """The sheet; `cluster` is the colour over the active document tab, the fifth series if none is given."""
    from workbench.ui.theme.glyph_files import arrow_file, tick_file

    values = {field.name: str(getattr(tokens, field.name)) for field in fields(tokens)}
    values["fillhover"] = tokens.accent if tokens.name == "light" else tokens.fill
    values["cluster"] = cluster or tokens.series[4]
    values["mono"] = fonts.mono_family
    values["arrow"] = arrow_file(tokens.t2)
    values["tick"] = tick_file(tokens.on_fill)
    for name in set(re.findall(r"\$(p\d+)", _SHEET)):
        values[name] = f"{fonts.px(int(name[1:]))}px"
    return Template(_SHEET).substitute(values)
