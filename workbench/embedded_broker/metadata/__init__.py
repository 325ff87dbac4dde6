"""The cluster's metadata as immutable pictures, built from the records of the metadata log.

Map of the package:
    registrations.py         what a broker or a controller said about itself, endpoints, directory ids
    partition_registration.py  one partition: replicas, ISR, leader, epochs
    image.py                 MetadataImage, the whole picture at one offset, and its parts
    cluster_delta.py topics_delta.py table_deltas.py delta.py   replay of records into a next picture
    features.py              feature names and levels
    record_versions.py       in which version a record is written
    image_records.py         a picture as the records of a snapshot
    loader.py                listener of the quorum: publishes (delta, image) to publishers in order
    topic_names.py           what a topic may be called
    effective_configs.py broker_values.py   the values that hold, layer over layer
    config_validation.py     what may be set on which resource
"""
