"""The disk as the fault rules have it."""

from __future__ import annotations

from workbench.embedded_broker.faults.injector import FaultInjector
from workbench.system.disk import Disk, DiskFile
from workbench.system.platform_files import Buffer


class FaultyFile(DiskFile):
    """An open file whose writes, reads and fsyncs ask the injector first, when it has rules for disks."""

    __slots__ = ("_injector", "_owes")

    def __init__(self, file: DiskFile, injector: FaultInjector) -> None:
        super().__init__(file.path, file.detach())
        self._injector = injector
        self._owes = False

    def append(self, data: Buffer) -> None:
        if self._injector.touches_disk and self._injector.before_write(self.path):
            self._owes = True
        super().append(data)

    def read(self, position: int, size_bytes: int) -> bytes:
        if self._injector.touches_disk:
            self._injector.before_read(self.path)
        return super().read(position, size_bytes)

    def send(self, socket_fd: int, position: int, size_bytes: int) -> int:
        if self._injector.touches_disk:
            self._injector.before_read(self.path)
        return super().send(socket_fd, position, size_bytes)

    def sync(self) -> None:
        if self._injector.touches_disk:
            if self._owes:
                # Whoever waits for the device waits for the write before it too: that is how metadata is committed.
                self._owes = False
                self._injector.before_write(self.path)
            self._injector.before_write(self.path)
        super().sync()


class FaultyDisk(Disk):
    """The real disk behind the rules; whole small files (checkpoints, indexes) are written under them too."""

    def __init__(self, injector: FaultInjector) -> None:
        super().__init__()
        self._injector = injector

    def open(self, path: str, *, create: bool = False) -> DiskFile:
        if self._injector.touches_disk:
            self._injector.before_read(path)
        return FaultyFile(super().open(path, create=create), self._injector)

    def write_file(self, path: str, data: Buffer, *, sync: bool = False) -> None:
        if self._injector.touches_disk:
            self._injector.before_write(path)
        super().write_file(path, data, sync=sync)

    def replace_file(self, path: str, data: Buffer, *, sync: bool = True, sync_directory: bool = True) -> None:
        if self._injector.touches_disk:
            self._injector.before_write(path)
        super().replace_file(path, data, sync=sync, sync_directory=sync_directory)
