import json

from kafka import KafkaConsumer

consumer = KafkaConsumer(
    "user-activity",
    bootstrap_servers="localhost:9092",
    group_id="my-consumer-group",
    auto_offset_reset="earliest",
    enable_auto_commit=True,
    value_deserializer=lambda value: json.loads(value.decode("utf-8")),
)

try:
    for message in consumer:
        key, value = message.key.decode(), json.dumps(message.value)
        print(f"{message.topic} {message.partition} {message.offset} {key} {value}")
except KeyboardInterrupt:
    pass
finally:
    consumer.close()
