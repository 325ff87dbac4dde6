"""The settings as data: key, title, documentation, default, allowed values; and their present values.

The data folder is not among the kept values, since they lie in it: it is told by a small pointer file in the
platform's own folder (`data_folder`).
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from workbench.cluster.plan import DEFAULT_BROKERS
from workbench.storage.workspace.settings_store import SettingsStore
from workbench.system.quick_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Preference:
    """One setting; `choices` are allowed values, empty for free text; `restart` if it takes effect at next start."""

    key: str
    title: str
    documentation: str
    default: str
    choices: tuple[str, ...] = ()
    restart: bool = False


PREFERENCES: tuple[Preference, ...] = (
    Preference("theme", "Theme", "Light, dark, or as the desktop is.", "system", ("system", "light", "dark")),
    Preference("time_zone", "Time zone", "An IANA name such as Europe/Berlin; empty for the computer's own.", ""),
    Preference(
        "first_port",
        "First port",
        "Brokers of the cluster local listen here and on the ports after it.",
        "9092",
        restart=True,
    ),
    Preference(
        "brokers",
        "Brokers",
        "How many brokers the cluster local gets when it is made; one that is there keeps its number.",
        str(DEFAULT_BROKERS),
        ("1", "3", "5"),
    ),
    Preference("start_clusters", "Start at launch", "Start the cluster local with the window.", "yes", ("yes", "no")),
    Preference("show_internal", "Internal topics", "Show topics that Kafka keeps for itself.", "no", ("yes", "no")),
)
_BY_KEY = {preference.key: preference for preference in PREFERENCES}


class Preferences(QObject):
    """Present values; `changed` with the key after each change."""

    changed = Signal(str)

    def __init__(self, store: SettingsStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._values = store.all()

    def get(self, key: str) -> str:
        """The value of a setting, its default if none was chosen. KeyError for an unknown one."""
        return self._values.get(key, _BY_KEY[key].default)

    def is_on(self, key: str) -> bool:
        """Whether a yes/no setting is yes."""
        return self.get(key) == "yes"

    def put(self, key: str, value: str) -> None:
        """Changes a setting; ValueError where the value is not allowed."""
        preference = _BY_KEY[key]
        if preference.choices and value not in preference.choices:
            raise ValueError(f"{key} cannot be {value!r}")
        if value == self.get(key):
            return
        if value == preference.default:
            self._values.pop(key, None)
            self._store.put(key, None)
        else:
            self._values[key] = value
            self._store.put(key, value)
        self.changed.emit(key)
