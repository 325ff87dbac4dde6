"""What the supervisor and a broker agree on.

- `properties_file`: reads and writes `server.properties` as Java's `Properties` does.
- `node_properties`: the few keys of that file which place a node: id, roles, listeners, directories, voters.
- `messages`: what goes over the control channel, as frozen dataclasses.
- `message_json`: those messages as lines of JSON.
"""
