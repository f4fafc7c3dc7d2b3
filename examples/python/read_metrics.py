#!/usr/bin/env python3
"""Read the metrics of a stream and print accuracy beside what keeps it honest.

    read_metrics.py --count 1 --timeout 30

accuracy        of the last labelled samples, each answered before it was learned
kappa-temporal  0 is what repeating the last label would have got: in a stream that brings one class after
                another the accuracy alone says nothing
held-out        balanced accuracy on samples that are never learned
forgetting      how much of its best held-out recall a class has lost, on average

The exit code is 1 when --count messages did not come within --timeout seconds.
"""

import argparse
import json
import sys
import time
import uuid

from confluent_kafka import Consumer, KafkaError, KafkaException

SHOWN = {
    "accuracy": ("weir_accuracy_ratio", {"window": "window"}),
    "kappa-temporal": ("weir_kappa_temporal", {"window": "window"}),
    "held-out": ("weir_holdout_balanced_accuracy_ratio", None),
    "forgetting": ("weir_forgetting_ratio", {"definition": "peak_minus_now"}),
}


def metric(message, name, labels=None):
    """The value of a metric and, where there is none, the reason: one of the two is None.

    A metric without labels is a number, one with labels a list of {"labels", "value"}.
    """
    value = message["metrics"].get(name)
    if labels is None:
        return value, message["reasons_absent"].get(name, "not there") if value is None else None
    for item in value or []:
        if item["labels"] == labels:
            return item["value"], item.get("reason_absent")
    return None, "not there"


def line(message):
    """One metrics message for people; a metric without a value shows the reason."""
    parts = [f"{message['n_records']} records", f"{message['n_labelled']} labelled"]
    for title, (name, labels) in SHOWN.items():
        value, reason = metric(message, name, labels)
        parts.append(f"{title} {reason if value is None else format(value, '.3f')}")
    return "  ".join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brokers", default="localhost:19092", help="host:port,... (default: %(default)s)")
    parser.add_argument("--topic", default="weir.digits.metrics", help="(default: %(default)s)")
    parser.add_argument("--count", type=int, help="end after so many messages")
    parser.add_argument("--timeout", type=float, help="end after so many seconds")
    arguments = parser.parse_args()

    consumer = Consumer(
        {
            "bootstrap.servers": arguments.brokers,
            # A new group reads everything from the beginning.
            "group.id": f"read-metrics-{uuid.uuid4()}",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            # A topic that comes to be later is seen within a second.
            "topic.metadata.refresh.interval.ms": 1000,
        }
    )
    consumer.subscribe([arguments.topic])
    deadline = time.monotonic() + arguments.timeout if arguments.timeout else float("inf")
    count = 0
    try:
        while arguments.count is None or count < arguments.count:
            if time.monotonic() > deadline:
                break
            message = consumer.poll(0.2)
            if message is None:
                continue
            if message.error():
                if message.error().code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                    continue  # It comes with its first record.
                raise KafkaException(message.error())
            if message.value() is None:
                continue  # `weir doctor` tries the topic with records that have no value.
            print(line(json.loads(message.value())), flush=True)
            count += 1
    except KeyboardInterrupt:
        pass
    finally:
        consumer.close()

    if arguments.count is not None and count < arguments.count:
        print(f"{count} of {arguments.count} messages came in time", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
