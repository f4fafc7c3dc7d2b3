#!/usr/bin/env python3
"""Writes the three traces beside it, by the table in Trace+Bytes.swift and none of Weir's code."""
import pathlib
import struct


def text(value, width):
    data = value.encode()
    return len(data).to_bytes(width, "little") + data


def bits(values, width):
    number = sum((value % (1 << width)) << (index * width) for index, value in enumerate(values))
    return number.to_bytes((len(values) * width + 7) // 8, "little")


def trace(name, id, label, weight, width, codes, source=None, steps=(), vector=()):
    flags = bool(vector) | bool(source) << 1 | bool(steps) << 2 | bool(vector) << 3
    data = bytes([1, flags]) + text(id, 2) + text(label, 2) + struct.pack("<I", weight)
    if source:
        data += text(source[0], 1) + struct.pack("<iq", *source[1:])
    data += struct.pack("<BI", width, len(codes)) + bits(codes, width)
    if steps:
        data += struct.pack("<I", len(steps)) + bits(steps, 13)
    if vector:
        data += struct.pack(f"<I{len(vector)}f", len(vector), *vector)
    (pathlib.Path(__file__).parent / name).write_bytes(data)


trace(
    "learned.trace", "sample 17", "Käse", 3, 8, [(37 * i + 11) % 256 for i in range(128)],
    source=("samples", 2, 1 << 40), steps=[(977 * d + 5) % 8191 - 4095 for d in range(384)])
trace(
    "held-out.trace", "ö", "7", 1_000_000, 12, [(509 * i) % 4096 for i in range(9)],
    source=("t", 0, 0), vector=[(d - 3) / 8 for d in range(16)])
trace("counts.trace", "a", "b", 1, 1, [1, 0, 0, 1, 1, 0, 1, 1, 1])
