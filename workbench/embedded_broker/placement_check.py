"""Whether a node's roles, listeners and voters fit together, with Kafka's reasons (pure).

Sources: KafkaConfig.validateValues, AbstractKafkaConfig.listenerListToEndPoints.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.embedded_broker.settings import BrokerSettings, Listener, names_of

_UNROUTABLE = "0.0.0.0"


def misplacements(settings: BrokerSettings) -> Iterator[tuple[str, str]]:
    """The setting at fault and the sentence, of everything for which Kafka would not start the node."""
    given = settings.properties
    if "broker.id" in given and given.get("node.id", given["broker.id"]).strip() != given["broker.id"].strip():
        yield "broker.id", "You must set `node.id` to the same value as `broker.id`."
    for key, listeners in (("listeners", settings.listeners), ("advertised.listeners", settings.advertised_listeners)):
        if key in given:
            yield from _alike(key, listeners)
    yield from _of_voters(settings)
    if settings.is_controller:
        yield from _of_a_controller(settings)
    else:
        yield from _of_a_broker_alone(settings)
    if settings.is_broker:
        yield from _of_a_broker(settings)
    elif settings.broker_listeners:
        yield (
            "listeners",
            "The listeners config must only contain KRaft controller listeners from controller.listener.names when "
            "process.roles=controller.",
        )
    yield from _early_listeners(settings)
    if any(one.host == _UNROUTABLE for one in settings.advertised_listeners):
        yield (
            "advertised.listeners" if "advertised.listeners" in given else "listeners",
            "advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP address.",
        )


def _alike(key: str, listeners: tuple[Listener, ...]) -> Iterator[tuple[str, str]]:
    """Listeners that cannot be told apart; advertised ones may share a port, and IPv4 and IPv6 may."""
    shown = ", ".join(f"{one.name}://{one.host}:{one.port}" for one in listeners)
    if len({one.name for one in listeners}) < len(listeners):
        yield key, f"Each listener must have a different name, {key}: {shown}."
    if key != "listeners":
        return
    by_port: dict[int, list[Listener]] = {}
    for one in listeners:
        if one.port:
            by_port.setdefault(one.port, []).append(one)
    for sharing in by_port.values():
        kinds = {":" in one.host for one in sharing}
        literal = all(":" in one.host or one.host.replace(".", "").isdigit() for one in sharing)
        if len(sharing) > 1 and not (len(sharing) == 2 and len(kinds) == 2 and literal):
            yield key, f"Each listener must have a different port, {key}: {shown}."


def _of_voters(settings: BrokerSettings) -> Iterator[tuple[str, str]]:
    voters = {node_id for node_id, _, _ in settings.quorum_voters}
    if not voters or (settings.node_id in voters) == settings.is_controller:
        return
    told = f"the node id {settings.node_id}", f"the set of voters controller.quorum.voters={_shown(map(str, voters))}"
    if settings.is_controller:
        why = f"If process.roles contains the 'controller' role, {told[0]} must be included in {told[1]}."
    else:
        why = f"If process.roles contains just the 'broker' role, {told[0]} must not be included in {told[1]}."
    yield "controller.quorum.voters", why


def _of_a_controller(settings: BrokerSettings) -> Iterator[tuple[str, str]]:
    key, role = "controller.listener.names", "when running the KRaft controller role."
    listening = {one.name for one in settings.listeners}
    # Kafka takes these names as they are written, while a listener's own name becomes upper case.
    names = names_of(settings.properties[key])
    if not listening.intersection(names):
        yield key, f"{key} must contain at least one value appearing in the 'listeners' configuration {role}"
    elif not listening.issuperset(names):
        yield key, f"{key} must only contain values appearing in the 'listeners' configuration {role}"
    if not settings.is_broker and settings.properties.get("inter.broker.listener.name", "").upper() in names:
        yield (
            "inter.broker.listener.name",
            f"{key} must not contain an explicitly set inter.broker.listener.name configuration value when "
            "process.roles=controller.",
        )


def _of_a_broker_alone(settings: BrokerSettings) -> Iterator[tuple[str, str]]:
    key = "controller.listener.names"
    if settings.controller_listeners:
        yield (
            key,
            f"{key} must not contain a value appearing in the 'listeners' configuration when running KRaft with just "
            "the broker role.",
        )
    protocols = settings.properties.get("listener.security.protocol.map")
    if protocols is not None:
        mapped = {entry.rpartition(":")[0].strip().upper() for entry in names_of(protocols)}
        for name in settings.controller_listener_names:
            if name not in mapped:
                yield key, f"Controller listener {name} of {key} is not in listener.security.protocol.map."
    if settings.flag("controller.quorum.auto.join.enable"):
        name = "controller.quorum.auto.join.enable"
        yield name, f"{name} is only supported when process.roles contains the 'controller' role."


def _of_a_broker(settings: BrokerSettings) -> Iterator[tuple[str, str]]:
    given = settings.properties
    key = "inter.broker.listener.name"
    if given.get(key) and given.get("security.inter.broker.protocol"):
        yield key, f"Only one of {key} and security.inter.broker.protocol should be set."
        return
    advertised = [
        one.name for one in settings.advertised_listeners if one.name not in settings.controller_listener_names
    ]
    at_fault = "advertised.listeners" if "advertised.listeners" in given else "listeners"
    if not advertised:
        why = "There must be at least one broker advertised listener."
        yield at_fault, f"{why} Perhaps all listeners appear in controller.listener.names?"
        return
    between = (given.get(key) or given.get("security.inter.broker.protocol") or "PLAINTEXT").strip().upper()
    if between not in advertised:
        why = f"{key} must be a listener name defined in advertised.listeners"
        valid = f"The valid options based on currently configured listeners are {_shown(advertised)}"
        yield key if given.get(key) else at_fault, f"{why}; it is {between}. {valid}."
    listening = {one.name for one in settings.listeners}
    if not listening.issuperset(advertised):
        why = "advertised.listeners listener names must be equal to or a subset of the ones defined in listeners"
        yield at_fault, f"{why}. Found {_shown(advertised)}. The valid options are {_shown(listening)}."


def _early_listeners(settings: BrokerSettings) -> Iterator[tuple[str, str]]:
    key = "early.start.listeners"
    known = {one.name for one in settings.listeners} | set(settings.controller_listener_names)
    for name in names_of(settings.properties.get(key, "")):
        if name.upper() not in known:
            why = "but this is not contained in listeners or controller.listener.names"
            yield key, f"{key} contains listener {name.upper()}, {why}."


def _shown(names: Iterable[str]) -> str:
    return ",".join(sorted(names))
