"""SensorNet in PyTorch, for training: a causal network of dilated convolutions with an answer at every frame.

Weir's SensorNet has the same layers and reads the file that `save` writes. Shapes: input [batch, inputs, frames],
answer (logits) [batch, classes, frames].
"""

import copy
import json

import torch
from safetensors import safe_open
from torch import nn
from torch.nn import functional


class CausalConv1d(nn.Conv1d):
    """A convolution that sees zeros before the first frame and nothing of the frames to come."""

    def forward(self, x):
        return super().forward(functional.pad(x, ((self.kernel_size[0] - 1) * self.dilation[0], 0)))


class Layer(nn.Module):
    def __init__(self, inputs, width, kernel, dilation):
        super().__init__()
        self.conv = CausalConv1d(inputs, width, kernel, dilation=dilation)
        self.norm = nn.BatchNorm1d(width)

    def forward(self, x):
        return torch.relu(self.norm(self.conv(x)))


class SensorNet(nn.Module):
    """Norm, a stem of dilation 1, `layers` - 1 residual blocks of dilation 2, 4, ..., a linear head per frame.

    `dropout` takes whole channels out after each block, in training only.
    """

    def __init__(self, inputs, width, kernel, layers, classes, dropout=0.0):
        super().__init__()
        self.options = {"inputs": inputs, "width": width, "kernel": kernel, "layers": layers, "classes": classes}
        self.norm = nn.BatchNorm1d(inputs)
        self.stem = Layer(inputs, width, kernel, 1)
        self.blocks = nn.ModuleList([Layer(width, width, kernel, 2**i) for i in range(1, layers)])
        self.head = nn.Linear(width, classes)
        self.dropout = nn.Dropout1d(dropout)

    def forward(self, x):
        x = self.dropout(self.stem(self.norm(x)))
        for block in self.blocks:
            x = x + self.dropout(block(x))
        return self.head(x.transpose(1, 2)).transpose(1, 2)

    @property
    def receptive_field(self):
        return 1 + (self.options["kernel"] - 1) * (2 ** self.options["layers"] - 1)

    @property
    def macs(self):
        """Multiply-accumulates a frame, the convolutions and the head."""
        o = self.options
        convolutions = o["kernel"] * o["width"] * (o["inputs"] + (o["layers"] - 1) * o["width"])
        return convolutions + o["width"] * o["classes"]


class Average:
    """An exponential moving average of a network's weights and running statistics."""

    def __init__(self, network, decay):
        self.network = copy.deepcopy(network).eval()
        self.decay = decay
        self.updates = 0

    @torch.no_grad()
    def update(self, network):
        # The young average follows closely, else the first random weights would stay in it for long.
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        ours, theirs = self.network.state_dict(), network.state_dict()
        for name, value in ours.items():
            if value.dtype.is_floating_point:
                value.lerp_(theirs[name], 1 - decay)


def save(network, path, labels, metadata=None):
    """Writes what Weir loads: the weights under their names, and what they are in the metadata."""
    tensors = {
        name: value for name, value in network.state_dict().items() if not name.endswith("num_batches_tracked")
    }
    write(tensors, path, {
        "weir.model": "SensorNet", "weir.options": json.dumps(network.options),
        "weir.labels": json.dumps(list(labels)), **(metadata or {}),
    })


def restore(path):
    """The network that `save` wrote, as it answers."""
    with safe_open(path, "pt") as file:
        network = SensorNet(**json.loads(file.metadata()["weir.options"]))
        weights = {name: file.get_tensor(name) for name in file.keys()}
    counts = {name: value for name, value in network.state_dict().items() if name.endswith("num_batches_tracked")}
    network.load_state_dict({**counts, **weights})
    return network.eval()


def write(tensors, path, metadata=None):
    """A safetensors file of float32. The library's own writer puts the metadata in another order each time; here
    the same content gives the same bytes."""
    header, data = {"__metadata__": metadata} if metadata else {}, b""
    for name in sorted(tensors):
        raw = tensors[name].detach().float().contiguous().numpy().astype("<f4").tobytes()
        header[name] = {
            "dtype": "F32", "shape": list(tensors[name].shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + data)
