"""Programs that connect to a cluster, ready to run (pure): for its address, for a topic of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

translate = QCoreApplication.translate
EXAMPLE_TOPIC = "test-topic"

_PRODUCER = """\
# pip install kafka-python
import json
import time

from kafka import KafkaProducer

producer = KafkaProducer(
    bootstrap_servers="{bootstrap}",
    value_serializer=lambda value: json.dumps(value).encode("utf-8"),
)
for number in range(10):
    sent = producer.send("{topic}", {{"number": number, "text": "Hello, Kafka!"}})
    place = sent.get(timeout=10)
    print(f"partition {{place.partition}}, offset {{place.offset}}")
    time.sleep(1)
producer.close()
"""
_CONSUMER = """\
# pip install kafka-python
from kafka import KafkaConsumer

consumer = KafkaConsumer(
    "{topic}",
    bootstrap_servers="{bootstrap}",
    group_id="my-consumer-group",
    auto_offset_reset="earliest",
)
for record in consumer:
    print(record.topic, record.partition, record.offset, record.key, record.value)
"""
_JAVA = """\
// org.apache.kafka:kafka-clients
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

public class Hello {{
    public static void main(String[] arguments) {{
        Map<String, Object> settings = Map.of("bootstrap.servers", "{bootstrap}");
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {{
            producer.send(new ProducerRecord<>("{topic}", "key", "Hello, Kafka!"));
        }}
        Map<String, Object> reading = Map.of(
            "bootstrap.servers", "{bootstrap}", "group.id", "my-consumer-group", "auto.offset.reset", "earliest");
        try (var consumer = new KafkaConsumer<>(reading, new StringDeserializer(), new StringDeserializer())) {{
            consumer.subscribe(List.of("{topic}"));
            while (true) {{
                for (var record : consumer.poll(Duration.ofSeconds(1))) {{
                    System.out.println(record.partition() + " " + record.offset() + " " + record.value());
                }}
            }}
        }}
    }}
}}
"""
_KCAT = """\
# write: one message a line, key and value separated by a colon
echo "key:Hello, Kafka!" | kcat -b {server} -t {topic} -P -K:

# read from the beginning, then wait for more
kcat -b {server} -t {topic} -C -o beginning -f '%p %o %k %s\\n'

# read as a member of a group
kcat -b {server} -G my-consumer-group {topic}

# what the cluster holds
kcat -b {server} -L
"""
_CONSOLE = """\
kafka-topics.sh --bootstrap-server {bootstrap} --list

kafka-console-producer.sh --bootstrap-server {bootstrap} --topic {topic}

kafka-console-consumer.sh --bootstrap-server {bootstrap} --topic {topic} --from-beginning --group my-consumer-group
"""
_CONFLUENT = """\
# pip install confluent-kafka
from confluent_kafka import Consumer, Producer

producer = Producer({{"bootstrap.servers": "{bootstrap}"}})
producer.produce("{topic}", key="key", value="Hello, Kafka!")
producer.flush(10)

consumer = Consumer(
    {{"bootstrap.servers": "{bootstrap}", "group.id": "my-consumer-group", "auto.offset.reset": "earliest"}}
)
consumer.subscribe(["{topic}"])
while True:
    record = consumer.poll(1.0)
    if record is not None and record.error() is None:
        print(record.partition(), record.offset(), record.key(), record.value())
"""
_PROPERTIES = """\
bootstrap.servers={bootstrap}
security.protocol=PLAINTEXT
group.id=my-consumer-group
auto.offset.reset=earliest
"""


@dataclass(frozen=True, slots=True)
class Snippet:
    """`about` is one line on how to run it."""

    key: str
    title: str
    about: str
    code: str


def snippets(bootstrap: str, topic: str) -> Sequence[Snippet]:
    """Every snippet for an address (`host:port`, several separated by commas) and a topic."""

    def filled(template: str) -> str:
        return template.format(bootstrap=bootstrap, topic=topic or EXAMPLE_TOPIC, server=bootstrap)

    return (
        Snippet(
            "python-producer",
            translate("snippets", "Python producer"),
            translate("snippets", "producer.py: ten messages, one a second; the topic is made by itself"),
            filled(_PRODUCER),
        ),
        Snippet(
            "python-consumer",
            translate("snippets", "Python consumer"),
            translate("snippets", "consumer.py: a member of a group that prints what comes"),
            filled(_CONSUMER),
        ),
        Snippet(
            "python-confluent",
            translate("snippets", "Python, confluent-kafka"),
            translate("snippets", "writes one message, then reads as a member of a group"),
            filled(_CONFLUENT),
        ),
        Snippet("java", "Java", translate("snippets", "Hello.java, with kafka-clients"), filled(_JAVA)),
        Snippet("kcat", "kcat", translate("snippets", "for the terminal"), filled(_KCAT)),
        Snippet(
            "console",
            translate("snippets", "Kafka's own tools"),
            translate("snippets", "from the bin folder of a Kafka download"),
            filled(_CONSOLE),
        ),
        Snippet(
            "properties",
            "client.properties",
            translate("snippets", "for any program that takes a properties file"),
            filled(_PROPERTIES),
        ),
    )
