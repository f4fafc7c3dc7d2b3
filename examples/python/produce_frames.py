#!/usr/bin/env python3
"""Send the rows of a CSV file to Weir as frames of sessions, many sessions at once.

    produce_frames.py --limit 100
    produce_frames.py --csv mine.csv --frames 1 --brokers kafka:9092 --topic weir.motion.frames

The CSV has a header line. The columns `id` and `label` are optional, all others are numbers. Each row is cut into
--frames frames of equal length: a digit of 8 x 8 pixels is read row by row. The row's id names the session and is the
records' key, so that the frames of a session stay in one partition and in order; --sessions of them are sent in turn.
The last frame of a row ends its session.
"""

import argparse
import collections
import csv
import itertools
import json
import pathlib
import sys

from confluent_kafka import Producer

DIGITS = pathlib.Path(__file__).resolve().parents[2] / "Sources/weir/Resources/digits.csv"


def sessions(path, count):
    """Yields the rows of a CSV file, each as a queue of its frames."""
    with open(path, newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file)):
            name = row.pop("id", None) or f"{path.stem}-{number}"
            label = row.pop("label", None)
            values = [float(value) for value in row.values()]
            if len(values) % count:
                raise SystemExit(f"{path} has rows of {len(values)} numbers, which are not {count} equal frames")
            width = len(values) // count
            frames = collections.deque()
            for seq in range(count):
                frame = {"session": name, "seq": seq, "x": values[seq * width : (seq + 1) * width]}
                if label:
                    frame["label"] = label
                if seq == count - 1:
                    frame["end"] = True
                frames.append(frame)
            yield frames


def interleaved(rows, at_once):
    """Yields the frames of some rows in turn, one of each, and takes up a new row for each that ends."""
    rows = iter(rows)
    open_rows = collections.deque(itertools.islice(rows, at_once))
    while open_rows:
        row = open_rows.popleft()
        yield row.popleft()
        if not row:
            row = next(rows, None)
        if row:
            open_rows.append(row)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--csv", type=pathlib.Path, default=DIGITS, help="the file; the shipped digits by default")
    parser.add_argument("--frames", type=int, default=8, help="frames in a row (default: %(default)s)")
    parser.add_argument("--sessions", type=int, default=50, help="sessions at once (default: %(default)s)")
    parser.add_argument("--brokers", default="localhost:19092", help="host:port,... (default: %(default)s)")
    parser.add_argument("--topic", default="weir.digits.frames", help="(default: %(default)s)")
    parser.add_argument("--limit", type=int, help="send only so many rows")
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
    rows = itertools.islice(sessions(arguments.csv, arguments.frames), arguments.limit)
    sent = 0
    for frame in interleaved(rows, arguments.sessions):
        while True:
            try:
                producer.produce(
                    arguments.topic,
                    key=frame["session"],
                    value=json.dumps(frame).encode(),
                    headers={"content-type": "application/json"},
                    on_delivery=delivered,
                )
                break
            except BufferError:  # The queue is full: let some records go first.
                producer.poll(0.1)
        producer.poll(0)
        sent += 1

    unsent = producer.flush(30)
    if failures or unsent:
        reason = failures[0] if failures else "no answer within 30 s"
        print(f"{len(failures) + unsent} records were not delivered: {reason}", file=sys.stderr)
        return 1
    print(f"{sent} frames sent to {arguments.topic}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
