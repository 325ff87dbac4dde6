"""Kafka 4.3.1's configurations as data: names, types, defaults, checks, and where they may be changed.

Map of the package:
    definition.py    ConfigDefinition, ConfigType, how text becomes a value
    validators.py    the checks
    topic_configs.py group_configs.py client_metrics_configs.py broker_*_configs.py   the definitions
    synonyms.py      which broker configurations stand behind a topic's or a group's
    properties_check.py   what is wrong with a properties file
    catalog.py       look-ups over all of these: broker_configs(), topic_configs(), ...
"""
