"""`dataclass`, as the standard library's, for programs that start often: its classes are made in half the time.

    from workbench.system.quick_dataclass import dataclass

The standard decorator compiles six methods of each frozen class from text, which for the broker's two hundred is a
third of its start. Here only `__init__` is compiled (as the standard one is, with faster stores into slots); equality,
hash, order, repr and the refusal to change are shared functions that look at the class's fields.

Invariants: what `dataclasses` offers works on these classes (`fields`, `replace`, `asdict`, `is_dataclass`, matching
by position); the classes behave as the standard ones do, which the tests compare; a class that needs what is not built
here (`InitVar`, keyword-only fields, a base class with fields) is handed to the standard decorator.
"""

from __future__ import annotations

import dataclasses
import inspect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    from operator import attrgetter
    from reprlib import recursive_repr

    _MISSING = dataclasses.MISSING

    def dataclass(cls=None, /, *, frozen=False, slots=False, eq=True, order=False):
        """The standard `dataclass` with the options that this project uses."""
        if cls is None:
            return lambda made: dataclass(made, frozen=frozen, slots=slots, eq=eq, order=order)
        if not _is_plain(cls):
            return dataclasses.dataclass(cls, frozen=frozen, slots=slots, eq=eq, order=order)
        own = cls.__dict__
        # Python itself puts a `__hash__` of None into a class that defines `__eq__` alone.
        own_hash = "__hash__" in own and not (own["__hash__"] is None and "__eq__" in own)
        doc = cls.__doc__
        if doc is None:
            # The standard decorator would make one from the signature, which takes longer than all the rest.
            cls.__doc__ = cls.__name__
        made = dataclasses.dataclass(cls, init=False, repr=False, eq=False, slots=slots, match_args=True)
        made.__doc__ = doc
        fields = dataclasses.fields(made)
        made.__dataclass_params__ = _params(made.__dataclass_params__, frozen, eq, order)
        _add_methods(made, fields, frozen=frozen, eq=eq, order=order, own_hash=own_hash)
        if "__init__" not in made.__dict__:
            made.__init__ = _make_init(made, fields, frozen=frozen, slots=slots)
        return made

    def _is_plain(cls):
        annotations = inspect.get_annotations(cls)
        if any("InitVar" in str(kind) or "KW_ONLY" in str(kind) for kind in annotations.values()):
            return False
        if any(hasattr(base, "__dataclass_fields__") for base in cls.__bases__):
            return False
        return not any(
            isinstance(value, dataclasses.Field) and value.kw_only not in (False, _MISSING)
            for value in cls.__dict__.values()
        )

    def _params(params, frozen, eq, order):
        params.init = params.repr = True
        params.frozen, params.eq, params.order = frozen, eq, order
        return params

    def _add_methods(made, fields, *, frozen, eq, order, own_hash):
        own = made.__dict__
        if "__repr__" not in own:
            shown = tuple(field.name for field in fields if field.repr)
            made.__repr__ = _make_repr(shown)
        compared = tuple(field.name for field in fields if field.compare)
        key = _key_of(compared)
        if eq and "__eq__" not in own:
            made.__eq__ = _make_comparison("__eq__", key, tuple.__eq__)
        if order:
            for name in ("__lt__", "__le__", "__gt__", "__ge__"):
                setattr(made, name, _make_comparison(name, key, getattr(tuple, name)))
        if eq and not own_hash:
            hashed = tuple(f.name for f in fields if (f.compare if f.hash is None else f.hash))
            made.__hash__ = _make_hash(_key_of(hashed)) if frozen else None
        if frozen:
            made.__setattr__ = _make_refusal("assign to", frozenset(field.name for field in fields), made)
            made.__delattr__ = _make_refusal("delete", frozenset(field.name for field in fields), made)
            if "__slots__" in own and "__getstate__" not in own:
                made.__getstate__, made.__setstate__ = _get_state, _set_state

    def _key_of(names):
        """A function from an object to the tuple of the named attributes."""
        if not names:
            return lambda one: ()
        get = attrgetter(*names)
        return get if len(names) > 1 else lambda one: (get(one),)

    def _get_state(self):
        """For copies and pickles, which cannot store into a frozen object the usual way."""
        return [getattr(self, field.name) for field in dataclasses.fields(self)]

    def _set_state(self, state):
        for field, value in zip(dataclasses.fields(self), state, strict=True):
            object.__setattr__(self, field.name, value)

    def _make_comparison(name, key, compare):
        def method(self, other):
            if other.__class__ is not self.__class__:
                return NotImplemented
            return compare(key(self), key(other))

        method.__name__ = name
        return method

    def _make_hash(key):
        return lambda self: hash(key(self))

    def _make_repr(names):
        @recursive_repr()
        def represent(self):
            values = ", ".join([f"{name}={getattr(self, name)!r}" for name in names])
            return f"{self.__class__.__qualname__}({values})"

        return represent

    def _make_refusal(what, names, made):
        def refuse(self, name, *value):
            if type(self) is made or name in names:
                raise dataclasses.FrozenInstanceError(f"cannot {what} field {name!r}")
            method = "__setattr__" if value else "__delattr__"
            getattr(super(made, self), method)(name, *value)

        refuse.__name__ = "__setattr__" if what == "assign to" else "__delattr__"
        return refuse

    def _make_init(made, fields, *, frozen, slots):
        """Compiles `__init__`: the one method whose speed at every call is worth its compilation."""
        names, parameters, body = {"MISSING": _MISSING}, ["self"], []
        for field in fields:
            name, value = field.name, field.name
            if field.default_factory is not _MISSING:
                names[f"factory_{name}"] = field.default_factory
                value = f"factory_{name}() if {name} is MISSING else {name}" if field.init else f"factory_{name}()"
                parameters += [f"{name}=MISSING"] if field.init else []
            elif field.default is not _MISSING:
                names[f"default_{name}"] = field.default
                value = name if field.init else f"default_{name}"
                parameters += [f"{name}=default_{name}"] if field.init else []
            elif field.init:
                parameters.append(name)
            else:
                continue
            if frozen and slots:
                names[f"store_{name}"] = made.__dict__[name].__set__
                body.append(f"store_{name}(self, {value})")
            elif frozen:
                names["store"] = object.__setattr__
                body.append(f"store(self, {name!r}, {value})")
            else:
                body.append(f"self.{name} = {value}")
        if hasattr(made, "__post_init__"):
            body.append("self.__post_init__()")
        text = f"def __init__({', '.join(parameters)}):\n  " + "\n  ".join(body or ["pass"])
        exec(text, names)
        init = names["__init__"]
        init.__qualname__ = f"{made.__qualname__}.__init__"
        init.__module__ = made.__module__
        return init
