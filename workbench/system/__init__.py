"""What the operating system gives: the only place for clock, disk, processes, tasks and directories.

clock.py            Clock, and ManualClock for tests
disk.py             Disk, DiskFile: every file operation of storage; tests put a double in their place
platform_files.py   positional reads, syncing and open modes, which differ between systems
file_lock.py        FileLock: a lock that Apache Kafka sees too
directories.py      where the user's data lies
open_files.py       how many files may be open
processes.py        child processes
garbage.py          when Python looks for garbage
process_usage.py    memory, processor time and files of this process
tasks.py            background tasks that are seen when they fail
counting.py         counted: "1 partition", "3 partitions"
known_error.py      KnownError: a sentence and a remedy
quick_dataclass.py  dataclass for what must start fast
"""
