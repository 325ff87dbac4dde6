import json
import time

from kafka import KafkaProducer

producer = KafkaProducer(
    bootstrap_servers="localhost:9092",
    key_serializer=str.encode,
    value_serializer=lambda value: json.dumps(value).encode("utf-8"),
)

for number in range(10):
    event = {"user_id": number % 3, "action": "click", "number": number}
    producer.send("user-activity", key=f"user-{number % 3}", value=event)
    print(f"Sent: {event}")
    time.sleep(1)

producer.flush()
producer.close()
