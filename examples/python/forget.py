#!/usr/bin/env python3
"""Send Weir an instruction: take a sample back, or delete, rename or merge classes.

    forget.py unlearn digit-0017
    forget.py unlearn mine-3 --csv mine.csv --brokers kafka:9092 --topic weir.mine.samples
    forget.py delete-class 7
    forget.py rename-class 7 seven
    forget.py merge-classes 7 1

Instructions go to the topic of the samples and are followed at their place among them. To take a sample back Weir
must see it again, as it was: it is looked up by its id in the CSV file that produce_samples.py sent. Give the
--weight that it was sent with, if any. What was never learned cannot be taken back: the instruction then comes out
on the topic of dead letters, with E_NOT_LEARNED.
"""

import argparse
import json
import pathlib
import sys

from confluent_kafka import Producer

from produce_samples import DIGITS, samples


def unlearn(path, wanted, weight):
    """The instruction to take back the row of a CSV file with an id, or None when there is no such row."""
    for sample in samples(path):
        if sample["id"] == wanted:
            instruction = {"do": "unlearn", "id": wanted, "x": sample["x"], "label": sample.get("label")}
            return instruction if weight is None else instruction | {"weight": weight}
    return None


def main():
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--brokers", default="localhost:19092", help="host:port,... (default: %(default)s)")
    common.add_argument("--topic", default="weir.digits.samples", help="(default: %(default)s)")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="do", required=True)
    command = commands.add_parser("unlearn", parents=[common], help="take one learned sample back")
    command.add_argument("id", help="the id it was sent with")
    command.add_argument("--csv", type=pathlib.Path, default=DIGITS, help="the file; the shipped digits by default")
    command.add_argument("--weight", type=int, help="the weight it was sent with")
    command = commands.add_parser("delete-class", parents=[common], help="forget a class")
    command.add_argument("label")
    command = commands.add_parser("rename-class", parents=[common], help="give a class another name")
    command.add_argument("label")
    command.add_argument("to")
    command = commands.add_parser("merge-classes", parents=[common], help="add a class to another")
    command.add_argument("label", help="the class that ends")
    command.add_argument("into", help="the class that stays")
    arguments = parser.parse_args()

    if arguments.do == "unlearn":
        instruction = unlearn(arguments.csv, arguments.id, arguments.weight)
        if instruction is None or instruction["label"] is None:
            fault = "no row of this id" if instruction is None else "no label for it, so it was not learned"
            print(f"{arguments.csv} has {fault}: {arguments.id}", file=sys.stderr)
            return 1
    else:
        instruction = {"do": arguments.do.replace("-", "_"), "label": arguments.label}
        instruction |= {name: value for name, value in vars(arguments).items() if name in ("to", "into")}

    failures = []

    def delivered(error, message):
        if error is not None:
            failures.append(error)

    # The partitioner of produce_samples.py and the sample's own key: so an `unlearn` comes to the partition of the
    # sample, after it.
    producer = Producer(
        {
            "bootstrap.servers": arguments.brokers,
            "enable.idempotence": True,
            "partitioner": "murmur2_random",
        }
    )
    producer.produce(
        arguments.topic,
        key=instruction.get("id", instruction["label"]),
        value=json.dumps(instruction).encode(),
        headers={"content-type": "application/json"},
        on_delivery=delivered,
    )
    unsent = producer.flush(30)
    if failures or unsent:
        print(f"not delivered: {failures[0] if failures else 'no answer within 30 s'}", file=sys.stderr)
        return 1
    print(f"{arguments.do} sent to {arguments.topic}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
