"""Records in bulk, read and searched in a process of their own.

window                                    browsing process
service.py BrowseService, BrowseView  --> worker.py --> view.py
                                                         timeline.py   all rows in order of time, by page
                                                         scan.py       a filter over everything
                                                         tail.py       what arrives
view_spec.py  what crosses between them     below: partition_cursor.py chunk.py aborted.py batch_rows.py
                                                   cluster_reader.py broker_socket.py
"""
