"""The published continual inference networks, rebuilt on the library `continual-inference` 1.2.4.

Their own repositories (LukasHedegaard/co3d, continual-skeletons, CoOadTR) need training frameworks that a
benchmark has no use for; the networks here have the same layers and the same state-dict names. Where the
library's step is wrong, the class that mends it says how.
"""

import logging
import math
import warnings
from collections import OrderedDict
from functools import reduce

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

# After the filters, for the library warns when it is imported.
import continual as co
import numpy as np
import torch
from continual.transformer import RetroactiveUnity, SelectOrDelay
from torch import nn


# ------------------------------------------------------------------------------------------------ CoX3D

X3D_SIZES = {"s": (13, 160, 2.2), "m": (16, 224, 2.2), "l": (16, 312, 5.0)}  # window, image, depth factor


class Swish(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(x)


def round_width(width, factor, divisor=8):
    """The published rounding of channel counts to multiples of eight."""
    width *= factor
    rounded = max(divisor, int(width + divisor / 2) // divisor * divisor)
    return int(rounded + divisor if rounded < 0.9 * width else rounded)


def squeeze_and_excitation(channels):
    """Scales the channels by what the mean of one frame says ("frame" scope, the paper's default)."""
    reduced = round_width(channels, 0.0625)
    gate = co.Sequential(OrderedDict([
        ("avg_pool", co.AdaptiveAvgPool3d((1, 1, 1), kernel_size=1)),
        ("fc1", co.Conv3d(channels, reduced, 1, bias=True)),
        ("fc1_act", nn.ReLU()),
        ("fc2", co.Conv3d(reduced, channels, 1, bias=True)),
        ("fc2_sig", nn.Sigmoid()),
    ]))
    return co.Residual(gate, reduce="mul")


def x3d_block(inputs, outputs, inner, stride, index):
    """One bottleneck with a depthwise 3x3x3 convolution; every other one has squeeze and excitation."""
    main = co.Sequential(OrderedDict([("branch2", co.Sequential(OrderedDict([
        ("a", co.Conv3d(inputs, inner, 1, bias=False)),
        ("a_bn", co.forward_stepping(nn.BatchNorm3d(inner))),
        ("a_relu", nn.ReLU(inplace=True)),
        ("b", co.Conv3d(inner, inner, 3, stride=(1, stride, stride), padding=1, groups=inner, bias=False)),
        ("b_bn", co.forward_stepping(nn.BatchNorm3d(inner))),
        *([("se", squeeze_and_excitation(inner))] if index % 2 == 0 else []),
        ("b_relu", co.forward_stepping(Swish())),
        ("c", co.Conv3d(inner, outputs, 1, bias=False)),
        ("c_bn", co.forward_stepping(nn.BatchNorm3d(outputs))),
    ])))]))
    if inputs == outputs and stride == 1:
        residual = co.Delay(main.delay)
    else:
        residual = co.Sequential(OrderedDict([
            ("branch1", co.Conv3d(inputs, outputs, 1, stride=(1, stride, stride), bias=False)),
            ("branch1_bn", nn.BatchNorm3d(outputs)),
        ]))
    return co.Sequential(co.BroadcastReduce(residual, main, reduce="sum"), nn.ReLU())


def cox3d(size, classes=400):
    """CoX3D-S, M or L; a frame is [batch, 3, image, image], the answer softmax over the classes."""
    window, image, depth = X3D_SIZES[size]
    stem, first = round_width(12, 2.0), 12
    widths = [first]
    for _ in range(3):
        widths.append(round_width(widths[-1], 2.0))
    modules = [("s1", co.Sequential(OrderedDict([("pathway0_stem", co.Sequential(OrderedDict([
        ("conv_xy", co.Conv3d(3, stem, (1, 3, 3), stride=(1, 2, 2), padding=(0, 1, 1), bias=False)),
        ("conv", co.Conv3d(stem, stem, (5, 1, 1), padding=(2, 0, 0), bias=False, groups=stem)),
        ("bn", nn.BatchNorm3d(stem)), ("relu", nn.ReLU(True)),
    ])))])))]
    inputs = stem
    for stage, (blocks, width) in enumerate(zip((1, 2, 5, 3), widths)):
        outputs = round_width(width, 2.0)
        inner = int(2.25 * outputs)
        modules.append((f"s{stage + 2}", co.Sequential(OrderedDict([
            (f"pathway0_res{i}", x3d_block(inputs if i == 0 else outputs, outputs, inner, 2 if i == 0 else 1, i))
            for i in range(math.ceil(depth * blocks))]))))
        inputs = outputs
    side = math.ceil(image / 32)
    modules.append(("head", co.Sequential(OrderedDict([
        ("conv_5", co.Conv3d(outputs, inner, 1, bias=False)), ("conv_5_bn", nn.BatchNorm3d(inner)),
        ("conv_5_relu", nn.ReLU(True)),
        ("avg_pool", co.AvgPool3d((window, side, side), stride=1)),
        ("lin_5", co.Conv3d(inner, 2048, 1, bias=False)), ("lin_5_relu", nn.ReLU(True)),
        ("dropout", nn.Dropout(0.5)),
        ("projection", co.Linear(2048, classes, bias=True, channel_dim=1)),
        ("act", co.forward_stepping(nn.Softmax(dim=1))),
        ("view", co.Lambda(lambda x: x.reshape(x.shape[0], -1))),
    ]))))
    return co.Sequential(OrderedDict(modules))


# --------------------------------------------------------------------------------------------- CoST-GCN

NTU_INWARD = [
    (1, 2), (2, 21), (3, 21), (4, 3), (5, 21), (6, 5), (7, 6), (8, 7), (9, 21), (10, 9), (11, 10), (12, 11),
    (13, 1), (14, 13), (15, 14), (16, 15), (17, 1), (18, 17), (19, 18), (20, 19), (22, 23), (23, 8), (24, 25),
    (25, 12),
]


def spatial_graph(joints=25):
    """The three partitions of the NTU skeleton: itself, inward and outward, columns normalised."""
    def partition(edges):
        matrix = np.zeros((joints, joints), dtype=np.float32)
        for source, target in edges:
            matrix[target, source] = 1
        return matrix / np.maximum(matrix.sum(0), 1)
    inward = [(i - 1, j - 1) for i, j in NTU_INWARD]
    return np.stack([np.eye(joints, dtype=np.float32), partition(inward), partition([(j, i) for i, j in inward])])


class GraphConvolution(nn.Module):
    def __init__(self, inputs, outputs, graph):
        super().__init__()
        self.graph_attn = nn.Parameter(torch.ones(graph.shape))
        self.A = nn.Parameter(torch.from_numpy(graph), requires_grad=False)
        self.g_conv = nn.ModuleList([nn.Conv2d(inputs, outputs, 1) for _ in range(3)])
        if inputs != outputs:
            self.gcn_residual = nn.Sequential(nn.Conv2d(inputs, outputs, 1), nn.BatchNorm2d(outputs))
        else:
            self.gcn_residual = lambda x: x
        self.bn = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU()

    def forward(self, x):
        batch, channels, time, joints = x.size()
        graph = self.A * self.graph_attn
        flat = x.reshape(batch, channels * time, joints)
        total = sum(
            self.g_conv[i](torch.matmul(flat, graph[i]).view(batch, channels, time, joints)) for i in range(3))
        return self.relu(self.bn(total) + self.gcn_residual(x))


def temporal_convolution(inputs, outputs, kernel=9, padding=0, stride=1):
    return co.Sequential(OrderedDict([
        ("t_conv", co.Conv2d(inputs, outputs, (kernel, 1), padding=(padding, 0), stride=(stride, 1))),
        ("bn", nn.BatchNorm2d(outputs)),
    ]))


def st_block(inputs, outputs, graph, stride, residual, padding):
    main = OrderedDict([
        ("gcn", co.forward_stepping(GraphConvolution(inputs, outputs, graph))),
        ("tcn", temporal_convolution(outputs, outputs, 9, padding, stride)),
    ])
    if not residual:
        return co.Sequential(OrderedDict([*main.items(), ("relu", nn.ReLU())]))
    if inputs == outputs and stride == 1:
        return co.Sequential(co.Residual(co.Sequential(main), residual_shrink=True), nn.ReLU())
    shrink = padding == 0
    delay = main["tcn"].delay // stride // (2 if shrink else 1)
    aligned = co.Sequential(OrderedDict([
        ("residual", temporal_convolution(inputs, outputs, 1, 0, stride)),
        ("align", co.Delay(delay, auto_shrink=shrink)),
    ]))
    return co.Sequential(co.BroadcastReduce(aligned, co.Sequential(main), auto_delay=False), nn.ReLU())


def costgcn(modified, window=300, joints=25, skeletons=2, classes=60):
    """CoST-GCN, or CoST-GCN* (`modified`: no temporal stride or padding); a frame is [batch, 3, joints, skeletons].

    The steps of CoST-GCN cost what they should, but their values are wrong in the library: its residual branch
    of kernel 1 and stride 2 is not decimated. Its `forward` is right: column i is the answer of step delay + 4 i.
    """
    graph, channels = spatial_graph(joints), 3
    padding, stride = (0, 1) if modified else (4, 2)
    plan = [
        (channels, 64, 1), (64, 64, 1), (64, 64, 1), (64, 64, 1), (64, 128, stride), (128, 128, 1), (128, 128, 1),
        (128, 256, stride), (256, 256, 1), (256, 256, 1),
    ]
    layers = co.Sequential(OrderedDict([
        (f"layer{i + 1}", st_block(inputs, outputs, graph, step, i > 0, padding))
        for i, (inputs, outputs, step) in enumerate(plan)]))
    field, pad, step = layers.receptive_field, layers.padding[0], layers.stride[0]
    pool = math.ceil((window - field + 2 * pad + 1) / step)
    pool_padding = pool - math.ceil((window - field + pad + 1) / step)
    return co.Sequential(OrderedDict([
        ("reshape1", co.Lambda(lambda x: x.permute(0, 3, 2, 1).reshape(-1, skeletons * joints * channels))),
        ("data_bn", nn.BatchNorm1d(skeletons * channels * joints)),
        ("reshape2", co.Lambda(
            lambda x: x.view(-1, skeletons, joints, channels).permute(0, 1, 3, 2).reshape(-1, channels, joints))),
        ("layers", layers),
        ("spatial_pool", co.Lambda(lambda x: x.reshape(-1, skeletons, 256, joints).mean(3).mean(1))),
        ("pool", co.AvgPool1d(pool, stride=1, padding=max(0, pool_padding))),
        ("fc", co.Linear(256, classes, channel_dim=1)),
    ]))


# ---------------------------------------------------------------------------------------------- CoOadTR

class MendedRetroactiveUnity(RetroactiveUnity):
    """Version 1.2.4 wraps the index at `delay` although the ring has delay + 1 places, so that one place goes
    stale after the first window. Here every step gives the window of the latest delay + 1 tokens, oldest first."""

    def _forward_step(self, input, prev_state):
        places = self.delay + 1
        buffer, index = self.init_state(input) if prev_state is None else prev_state
        buffer[index % places] = input
        after = index + 1
        if after > 0:
            after = after % places
        output = None
        if index >= 0:
            output = buffer.clone().roll(shifts=int(-index - 1), dims=0).permute(1, 2, 0)
        return output, (buffer, after)


class RetroactiveTail(co.CoModule, nn.Module):
    """A module of tokens applied to the whole window [batch, width, tokens] that retroactive attention gives."""

    _state_shape = 0
    _dynamic_state_inds = []

    def __init__(self, fn):
        nn.Module.__init__(self)
        self.fn = fn

    def forward(self, x):
        return self.fn(x)

    def forward_step(self, x, update_state=True):
        return self.fn(x)

    def _forward_step(self, x, prev_state=None):
        return self.fn(x), prev_state


class SecondBlock(RetroactiveTail):
    """The second block: the answer for the newest token of the window, the time axis taken out."""

    def forward_step(self, x, update_state=True):
        return self.fn.forward(x).squeeze(-1)

    def _forward_step(self, x, prev_state=None):
        return self.fn.forward(x).squeeze(-1), prev_state


class EncoderTail(nn.Module):
    """Norm, feed-forward with residual, norm; on [batch, width, tokens]."""

    def __init__(self, width, hidden):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.ff = nn.Sequential(
            nn.Linear(width, hidden), nn.GELU(), nn.Dropout(0.1), nn.Linear(hidden, width), nn.Dropout(0.1))
        self.norm2 = nn.LayerNorm(width)

    def forward(self, x):
        x = self.norm1(x.transpose(1, 2))
        return self.norm2(x + self.ff(x)).transpose(1, 2)


def sum_of_latest(inputs):
    """The sum over the time that all inputs have (a clip's residual is longer than its single answer)."""
    if inputs[0].shape != inputs[1].shape:
        time = min(i.shape[2] for i in inputs)
        inputs = [i[:, :, -time:] for i in inputs]
    return reduce(torch.Tensor.add, inputs[1:], inputs[0])


def single_output_block(tokens, width, heads, hidden):
    attention = co.SingleOutputMultiheadAttention(
        width, heads, bias=False, batch_first=True, embed_dim_second=True, sequence_len=tokens, query_index=-1,
        forward_returns_attn_mask=False, single_output_forward=True)
    feed_forward = co.Sequential(
        co.Linear(width, hidden, channel_dim=1), nn.GELU(), nn.Dropout(0.1),
        co.Linear(hidden, width, channel_dim=1), nn.Dropout(0.1))
    return co.Sequential(
        co.BroadcastReduce(SelectOrDelay(attention.delay), attention, reduce=sum_of_latest, auto_delay=False),
        co.Lambda(nn.LayerNorm(width), takes_time=False), co.Residual(feed_forward),
        co.Lambda(nn.LayerNorm(width), takes_time=False))


def retroactive_block(tokens, width, heads, hidden):
    attention = co.RetroactiveMultiheadAttention(
        width, heads, bias=False, batch_first=True, embed_dim_second=True, sequence_len=tokens,
        forward_returns_attn_mask=False)
    return co.Sequential(
        co.BroadcastReduce(MendedRetroactiveUnity(attention.delay), attention, reduce="sum", auto_delay=False),
        RetroactiveTail(EncoderTail(width, hidden)))


def cooadtr(blocks, tokens=64, width=1024, heads=8, hidden=1024, features=3072, classes=22, positions=127):
    """CoOadTR-b1 or b2 (`blocks`); a frame is [batch, features], the answer [batch, classes]."""
    if blocks == 1:
        encoder = single_output_block(tokens, width, heads, hidden)
    else:
        encoder = co.Sequential(
            retroactive_block(tokens, width, heads, hidden),
            SecondBlock(single_output_block(tokens, width, heads, hidden)))
    return co.Sequential(
        co.Linear(features, width, channel_dim=1),
        co.RecyclingPositionalEncoding(width, positions, learned=True, forward_update_index_steps=0),
        nn.Dropout(0.1), encoder, co.Lambda(nn.LayerNorm(width), takes_time=False),
        co.Linear(width, classes, channel_dim=1))


class OadTR(nn.Module):
    """The encoder over a whole window [batch, tokens, features], which is what runs without continual inference."""

    def __init__(self, blocks, tokens=64, width=1024, heads=8, hidden=1024, features=3072, classes=22):
        super().__init__()
        self.lin = nn.Linear(features, width)
        self.pe = nn.Parameter(torch.zeros(tokens, width))
        self.enc = nn.Sequential(*[
            nn.TransformerEncoderLayer(width, heads, hidden, 0.1, "gelu", batch_first=True) for _ in range(blocks)])
        self.ln, self.head = nn.LayerNorm(width), nn.Linear(width, classes)

    def forward(self, x):
        return self.head(self.ln(self.enc(self.lin(x) + self.pe)[:, -1]))


# ------------------------------------------------------------------------------------------------ others

def conv1d_stack(layers=5, channels=64, kernel=9):
    """Convolutions of 64 channels and kernel 9 without padding, each with ReLU; a frame is [batch, channels]."""
    return co.Sequential(*[
        module for _ in range(layers) for module in (co.Conv1d(channels, channels, kernel), nn.ReLU())])


def state_bytes(network):
    """Bytes of the library's state of one stream, once warm."""
    total = 0
    for module in network.modules():
        if hasattr(module, "get_state") and not isinstance(module, nn.Sequential):
            total += sum(t.numel() * t.element_size() for t in module.get_state() or () if torch.is_tensor(t))
    return total


@torch.no_grad()
def randomize(network, clip=None):
    """Weights and norms as training could leave them, so that an error anywhere shows in the answer: with a clip
    the running statistics are near those of the clip, else the signal would die out or grow with depth."""
    norms = []
    for module in network.modules():
        if isinstance(module, (nn.modules.conv._ConvNd, nn.Linear)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        elif isinstance(module, GraphConvolution):
            module.graph_attn.uniform_(0.5, 1.5)
        elif isinstance(module, nn.modules.batchnorm._BatchNorm):
            norms.append(module)
        if isinstance(module, (nn.modules.batchnorm._BatchNorm, nn.LayerNorm)):
            module.weight.uniform_(0.7, 1.3)
            module.bias.normal_(0, 0.1)
    if clip is not None:
        # A momentum of one: what the norms see of this clip becomes their statistics.
        for norm in norms:
            norm.momentum = 1.0
        network.train()
        network.forward(clip)
        network.eval()
    for norm in norms:
        scale = norm.running_var.sqrt()
        norm.running_mean += 0.2 * scale * torch.randn_like(scale)
        norm.running_var *= torch.empty_like(scale).uniform_(0.7, 1.5)
    return network
