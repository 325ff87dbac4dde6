"""CRC-32C of record batches, by the compiled extension of the package `crc32c`.

The package itself reads its own metadata and builds a command line when it is imported, for which it loads the
standard library's e-mail and argument parsers: 20 ms, a tenth of a broker's start. Its extension is loaded by itself
under its full name, so that whoever imports the package later gets the very same one.
"""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crc32c import crc32c as crc32c
else:

    def _extension():
        """The module `crc32c._crc32c`; through the package where that does not lie in a folder."""
        name = "crc32c._crc32c"
        if name not in sys.modules:
            package = PathFinder.find_spec("crc32c")
            spec = package and PathFinder.find_spec(name, package.submodule_search_locations)
            if spec:
                from importlib.util import module_from_spec

                module = module_from_spec(spec)
                spec.loader.exec_module(module)
                sys.modules[name] = module
        return sys.modules.get(name) or __import__(name, fromlist=["crc32c"])

    crc32c = _extension().crc32c
