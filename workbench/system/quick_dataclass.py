"""`dataclass`, as the standard library's, for programs that start often: classes are made in a tenth of the time.

    from workbench.system.quick_dataclass import dataclass

The standard decorator compiles six methods of each frozen class from text, which for the broker's two hundred is a
third of its start. Here only `__init__` is compiled (as the standard one is, with faster stores into slots), and that
when the first object is made; equality, hash, order, repr and the refusal to change are shared functions that look at
the class's fields.

Invariants: what `dataclasses` offers works on these classes (`fields`, `replace`, `asdict`, `is_dataclass`, matching
by position); the classes behave as the standard ones do, which the tests compare; a class that needs what is not built
here (`InitVar`, keyword-only fields) or what it would refuse is handed to the standard decorator.
"""

from __future__ import annotations

import dataclasses
import inspect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    from copyreg import __newobj__
    from functools import cache
    from operator import attrgetter
    from reprlib import recursive_repr
    from types import MemberDescriptorType

    _MISSING = dataclasses.MISSING

    def dataclass(cls=None, /, *, frozen=False, slots=False, eq=True, order=False):
        """The standard `dataclass` with the options that this project uses."""
        if cls is None:
            return lambda made: dataclass(made, frozen=frozen, slots=slots, eq=eq, order=order)
        fields = _fields_of(cls, frozen)
        if fields is None:
            return dataclasses.dataclass(cls, frozen=frozen, slots=slots, eq=eq, order=order)
        own = cls.__dict__
        # Python itself puts a `__hash__` of None into a class that defines `__eq__` alone.
        own_hash = "__hash__" in own and not (own["__hash__"] is None and "__eq__" in own)
        made = _with_slots(cls, fields) if slots else _without_field_objects(cls)
        made.__dataclass_fields__ = {field.name: field for field in fields}
        made.__dataclass_params__ = _params(frozen, slots, eq, order)
        if "__match_args__" not in own:
            made.__match_args__ = tuple(field.name for field in fields if field.init)
        _add_methods(made, fields, frozen=frozen, eq=eq, order=order, own_hash=own_hash)
        made.__replace__ = _replace
        if "__init__" not in own:
            made.__init__ = _init_when_needed(made, fields, frozen=frozen)
        return made

    @dataclasses.dataclass(init=False, repr=False, eq=False)
    class _Model:
        """Where the standard library's marks of a field and of a dataclass are taken from."""

        field: int

    _FIELD = dataclasses.fields(_Model)[0]._field_type

    def _fields_of(cls, frozen):
        """The fields in order, inherited ones first; None where the standard decorator has to see to them."""
        fields = {}
        for base in cls.__mro__[-1:0:-1]:
            inherited = base.__dict__.get("__dataclass_fields__")
            if inherited is None:
                continue
            if base.__dataclass_params__.frozen is not frozen:
                return None
            fields.update(inherited)
        own = cls.__dict__
        for name, kind in inspect.get_annotations(cls).items():
            text = kind if isinstance(kind, str) else str(kind)
            if "ClassVar" in text:
                continue
            if "InitVar" in text or "KW_ONLY" in text:
                return None
            value = own.get(name, _MISSING)
            field = value if isinstance(value, dataclasses.Field) else dataclasses.field(default=value)
            if field.kw_only not in (False, _MISSING) or field.default.__class__.__hash__ is None:
                return None
            field.name, field.type, field.kw_only, field._field_type = name, kind, False, _FIELD
            fields[name] = field
        has_default = False
        for field in fields.values():
            if field._field_type is not _FIELD or field.kw_only:
                return None
            if field.init:
                is_optional = field.default is not _MISSING or field.default_factory is not _MISSING
                if has_default and not is_optional:
                    return None
                has_default = is_optional
        return tuple(fields.values())

    def _without_field_objects(cls):
        for name, value in list(cls.__dict__.items()):
            if isinstance(value, dataclasses.Field):
                if value.default is _MISSING:
                    delattr(cls, name)
                else:
                    setattr(cls, name, value.default)
        return cls

    def _with_slots(cls, fields):
        """The class made again: slots cannot be given to one that exists."""
        body = dict(cls.__dict__)
        inherited = {name for base in cls.__mro__[1:-1] for name in _slots_of(base)}
        for field in fields:
            body.pop(field.name, None)
        body.pop("__dict__", None)
        body.pop("__weakref__", None)
        body["__slots__"] = tuple(field.name for field in fields if field.name not in inherited)
        made = type(cls)(cls.__name__, cls.__bases__, body)
        made.__qualname__ = cls.__qualname__
        return made

    def _slots_of(base):
        slots = base.__dict__.get("__slots__", ())
        return (slots,) if isinstance(slots, str) else slots

    @cache
    def _params(frozen, slots, eq, order):
        params = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(type("T", (), {}))
        params = params.__dataclass_params__
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
                if "__reduce__" not in own and all(field.init for field in fields):
                    made.__reduce__ = _make_reduce(made, _key_of(tuple(field.name for field in fields)))

    def _key_of(names):
        """A function from an object to the tuple of the named attributes."""
        if not names:
            return lambda one: ()
        get = attrgetter(*names)
        return get if len(names) > 1 else lambda one: (get(one),)

    def _replace(self, /, **changes):
        """For `copy.replace` of Python 3.13."""
        return dataclasses.replace(self, **changes)

    def _get_state(self):
        """For copies and pickles, which cannot store into a frozen object the usual way."""
        return [getattr(self, field.name) for field in dataclasses.fields(self)]

    def _set_state(self, state):
        for field, value in zip(dataclasses.fields(self), state, strict=True):
            object.__setattr__(self, field.name, value)

    def _make_reduce(made, key):
        """Pickles as a call with all values: half the time and size of a list of values set one by one."""

        def reduce(self):
            if self.__class__ is made:
                return made, key(self)
            return __newobj__, (self.__class__,), self.__getstate__()

        return reduce

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

    def _init_when_needed(made, fields, *, frozen):
        """An `__init__` that has itself replaced by the compiled one: most programs make objects of few classes."""

        def __init__(self, *values, **named):  # noqa: N807
            compiled = _make_init(made, fields, frozen=frozen)
            if made.__init__ is __init__:
                made.__init__ = compiled
            compiled(self, *values, **named)

        __init__.__qualname__ = f"{made.__qualname__}.__init__"
        __init__.__module__ = made.__module__
        return __init__

    def _make_init(made, fields, *, frozen):
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
            slot = getattr(made, name, None)
            if frozen and isinstance(slot, MemberDescriptorType):
                names[f"store_{name}"] = slot.__set__
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
