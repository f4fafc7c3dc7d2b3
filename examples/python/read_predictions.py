#!/usr/bin/env python3
"""Read predictions from the oldest on, each once, with the running accuracy.

    read_predictions.py --count 1000 --timeout 60
    read_predictions.py --json | jq .label

An answer that Weir withholds because the sample is unlike all that was learned shows as "unknown", with the label
that it would have had. Samples that were sent with "explain" have their reasons below them.

Weir delivers at least once: after a crash a prediction may come again, under the same id. Repeats are dropped.
The exit code is 1 when --count predictions did not come within --timeout seconds.
"""

import argparse
import json
import sys
import time
import uuid

from confluent_kafka import Consumer, KafkaError, KafkaException


def reasons(prediction):
    """Yields the reasons of a prediction for people, a line each; the strongest of each kind."""
    given = prediction["reasons"]
    if given["second"] is not None and given["margin"] is not None:
        yield f"before {given['second']} by {given['margin']:.2f} nats"
    for prototype in given["prototypes"][:3]:
        text = f"like {prototype['sample_id']}, a {prototype['label']}: cosine {prototype['similarity']:.2f}"
        source = prototype["source"]
        if source is not None:
            text += f", {source['topic']} {source['partition']}/{source['offset']}"
        yield text
    for side in "for", "against":
        voices = [f"{book}/{key} {odds:+.2f}" for book, key, odds in given["codebooks"][side][:5]]
        if voices:
            yield f"{side} it codebook/key " + ", ".join(voices)
    for expert in given["experts"]:
        label = expert["label"] if expert["label"] is not None else "-"
        yield f"{expert['name']} says {label} {expert['confidence']:.2f}, weight {expert['weight']:.2f}"


def line(prediction, right, known):
    """One prediction for people."""
    label = prediction["label"] if prediction["outcome"] == "answered" else "-"
    text = f"{prediction['sample_id']}  {label}  {prediction['confidence']:.2f}"
    if prediction.get("warming"):
        text += "  warming up"
    if prediction["outcome"] == "unknown":
        text += f"  unknown, perhaps {prediction['candidate']}"
        if "distance" in prediction:
            text += f", distance {prediction['distance']:.1f}"
    expected = prediction.get("expected")
    if expected is not None:
        verdict = "right" if expected == prediction["label"] else f"was {expected}"
        text += f"  {verdict}  accuracy {right / known:.3f}"
    if "reasons" in prediction:
        text += "".join(f"\n    {reason}" for reason in reasons(prediction))
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brokers", default="localhost:19092", help="host:port,... (default: %(default)s)")
    parser.add_argument("--topic", default="weir.digits.predictions", help="(default: %(default)s)")
    parser.add_argument("--count", type=int, help="end after so many different predictions")
    parser.add_argument("--timeout", type=float, help="end after so many seconds")
    parser.add_argument("--json", action="store_true", help="print the predictions as they are, one a line")
    arguments = parser.parse_args()

    consumer = Consumer(
        {
            "bootstrap.servers": arguments.brokers,
            # A new group reads everything from the beginning. A program that goes on where it stopped uses one
            # fixed name.
            "group.id": f"read-predictions-{uuid.uuid4()}",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            # A topic that comes to be later is seen within a second.
            "topic.metadata.refresh.interval.ms": 1000,
        }
    )
    consumer.subscribe([arguments.topic])
    deadline = time.monotonic() + arguments.timeout if arguments.timeout else float("inf")
    seen = set()  # A program that runs for ever keeps only the newest ids: repeats come soon after a restart.
    right = known = 0
    try:
        while arguments.count is None or len(seen) < arguments.count:
            if time.monotonic() > deadline:
                break
            message = consumer.poll(0.2)
            if message is None:
                continue
            if message.error():
                if message.error().code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                    continue  # It comes with its first record.
                raise KafkaException(message.error())
            prediction = json.loads(message.value())
            if prediction["id"] in seen:
                continue
            seen.add(prediction["id"])
            if "expected" in prediction:
                known += 1
                right += prediction["label"] == prediction["expected"]
            if arguments.json:
                print(message.value().decode(), flush=True)
            else:
                print(line(prediction, right, known), flush=True)
    except KeyboardInterrupt:
        pass
    finally:
        consumer.close()

    accuracy = f"{right / known:.3f} of {known} with a label" if known else "no labels"
    print(f"{len(seen)} predictions, accuracy {accuracy}", file=sys.stderr)
    return 1 if arguments.count is not None and len(seen) < arguments.count else 0


if __name__ == "__main__":
    sys.exit(main())
