#!/usr/bin/env python3
"""Send the rows of a CSV file to Weir as JSON samples.

    produce_samples.py --limit 1000
    produce_samples.py --limit 10 --explain
    produce_samples.py --csv mine.csv --brokers kafka:9092 --topic weir.mine.samples

The CSV has a header line. The columns `id` and `label` are optional, all others are features. The sample's id
is the record's key, so records of one id stay in one partition and in order.
"""

import argparse
import csv
import itertools
import json
import pathlib
import sys

from confluent_kafka import Producer

DIGITS = pathlib.Path(__file__).resolve().parents[2] / "Sources/weir/Resources/digits.csv"


def samples(path):
    """Yields the rows of a CSV file as samples."""
    with open(path, newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file)):
            sample = {"id": row.pop("id", None) or f"{path.stem}-{number}"}
            label = row.pop("label", None)
            sample["x"] = [float(value) for value in row.values()]
            if label:
                sample["label"] = label
            yield sample


def broken_values(sample):
    """Yields values that Weir must refuse, round and round. NaN is not JSON, though Python writes it."""
    features = sample["x"]
    yield from itertools.cycle(
        [
            b"this is not JSON",
            json.dumps({"id": "wrong", "label": "0"}).encode(),
            json.dumps({"id": "wrong", "x": features[:-1] or features * 2}).encode(),
            json.dumps({"id": "wrong", "x": [float("nan")] + features[1:]}).encode(),
            json.dumps({"id": "wrong", "x": features, "weight": 0}).encode(),
        ]
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--csv", type=pathlib.Path, default=DIGITS, help="the file; the shipped digits by default")
    parser.add_argument("--brokers", default="localhost:19092", help="host:port,... (default: %(default)s)")
    parser.add_argument("--topic", default="weir.digits.samples", help="(default: %(default)s)")
    parser.add_argument("--limit", type=int, help="send only so many samples")
    parser.add_argument("--explain", action="store_true", help="ask for the reasons of each prediction")
    parser.add_argument("--wrong", type=int, default=0, metavar="N", help="then send N broken records")
    arguments = parser.parse_args()

    failures = []

    def delivered(error, message):
        if error is not None:
            failures.append(error)

    producer = Producer(
        {
            "bootstrap.servers": arguments.brokers,
            "enable.idempotence": True,
            # As the Java client does it, so that a key has the same partition whoever sends it.
            "partitioner": "murmur2_random",
        }
    )

    def send(key, value):
        while True:
            try:
                producer.produce(
                    arguments.topic,
                    key=key,
                    value=value,
                    headers={"content-type": "application/json"},
                    on_delivery=delivered,
                )
                break
            except BufferError:  # The queue is full: let some records go first.
                producer.poll(0.1)
        producer.poll(0)

    sent = 0
    sample = {"x": [0.0]}
    for sample in itertools.islice(samples(arguments.csv), arguments.limit):
        if arguments.explain:
            sample["explain"] = True
        send(sample["id"], json.dumps(sample).encode())
        sent += 1
    for number, value in zip(range(arguments.wrong), broken_values(sample)):
        send(f"wrong-{number}", value)

    unsent = producer.flush(30)
    if failures or unsent:
        reason = failures[0] if failures else "no answer within 30 s"
        print(f"{len(failures) + unsent} records were not delivered: {reason}", file=sys.stderr)
        return 1
    print(f"{sent} samples and {arguments.wrong} broken records sent to {arguments.topic}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
