#!/usr/bin/env python3
"""What a user would otherwise run: the library continual-inference 1.2.4 on PyTorch, one stream, on the CPU.

    continual_peer.py [--cases conv1d_stack,cox3d_s] [--reps 9]  measure, one line of JSON a case
    continual_peer.py --serve                    a case name a line on standard input, a line of JSON back
    continual_peer.py --export FOLDER [--cases ...]  weights, frames and expected answers of the models

A line of JSON has
  step_ms_median      one step once the network is warm, wall time
  step_cpu_ms_median  the same in time of this process, which other programs on the machine disturb less
  step_ms_mean        the mean step of a cycle (as many steps as make one answer), median of the cycles
  step_cpu_ms_mean    the same in time of this process
  clip_ms_median      the network over the clip that gives one answer, which is what runs a frame without steps
  steps               how many steps were timed
  state_bytes         what the library keeps of one stream
Weights and frames are random from a seed; one thread.
"""

import argparse
import json
import os
import statistics
import sys
import time

import continual_models as models
import torch

SEED = 1


class Case:
    """A network that stands warm, with frames to step it and the clip of one answer.

    `frame`: shape of a frame [batch, ...]. `clip`: shape of the clip. `warm`: steps until it answers; `cycle`:
    steps an answer. `offline`: what is called with the clip, `network.forward` if none.
    """

    def __init__(self, network, frame, clip, warm, cycle=1, offline=None):
        self.network, self.cycle, self.warm = network.eval(), cycle, warm
        self.offline = offline.eval() if offline else network.forward
        self.frames = torch.randn(8, *frame)
        self.clip = torch.randn(clip)
        self.count = 0

    def step(self):
        self.network.forward_step(self.frames[self.count % len(self.frames)])
        self.count += 1

    def run(self, clips, steps=0, seconds=0.0):
        """Times `clips` clips, each followed by its part of the steps in whole cycles: at least `steps` in all, and
        as many as fit `seconds`."""
        if self.count == 0:
            for _ in range(-(-(self.warm + 2 * self.cycle) // self.cycle) * self.cycle):
                self.step()
            self.offline(self.clip)
        walls, processes, offline = [], [], []
        for part in range(1, clips + 1):
            offline.append(timed(lambda: self.offline(self.clip))[0])
            end = time.perf_counter() + seconds / clips
            while len(walls) * clips < steps * part or time.perf_counter() < end:
                for _ in range(self.cycle):
                    wall, process = timed(self.step)
                    walls.append(wall)
                    processes.append(process)
        return {
            "step_ms_median": statistics.median(walls), "step_cpu_ms_median": statistics.median(processes),
            "step_ms_mean": self.mean_step(walls), "step_cpu_ms_mean": self.mean_step(processes),
            "clip_ms_median": statistics.median(offline), "steps": len(walls),
            "state_bytes": models.state_bytes(self.network),
        }

    def mean_step(self, times):
        cycles = [times[i:i + self.cycle] for i in range(0, len(times), self.cycle)]
        return statistics.median(sum(cycle) / len(cycle) for cycle in cycles)


def timed(call):
    wall, process = time.perf_counter(), time.process_time()
    call()
    return 1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - process)


def conv1d_stack():
    network = models.conv1d_stack()
    return Case(network, (1, 64), (1, 64, network.receptive_field), network.delay)


def recurrent(kind):
    return Case(kind(512, 512), (1, 512), (1, 512, 64), 1)


def cooadtr(blocks):
    return Case(models.cooadtr(blocks), (1, 3072), (1, 64, 3072), 64, offline=models.OadTR(blocks))


def costgcn(modified):
    network = models.randomize(models.costgcn(modified))
    return Case(network, (1, 3, 25, 2), (1, 3, 300, 25, 2), network.delay, cycle=1 if modified else 4)


def cox3d(size):
    network = models.randomize(models.cox3d(size))
    window, image, _ = models.X3D_SIZES[size]
    return Case(network, (1, 3, image, image), (1, 3, window, image, image), network.delay)


# How each case is made, and the steps after each clip in one repetition.
CASES = {
    "conv1d_stack": (conv1d_stack, 200),
    "lstm512": (lambda: recurrent(models.co.LSTM), 100),
    "gru512": (lambda: recurrent(models.co.GRU), 500),
    "cooadtr_b1": (lambda: cooadtr(1), 50),
    "cooadtr_b2": (lambda: cooadtr(2), 20),
    "costgcn": (lambda: costgcn(False), 40),
    "costgcn_mod": (lambda: costgcn(True), 20),
    "cox3d_s": (lambda: cox3d("s"), 5),
    "cox3d_m": (lambda: cox3d("m"), 5),
}


def make(name):
    torch.manual_seed(SEED)
    return CASES[name][0]()


def write(record):
    print(json.dumps({k: round(v, 6) if isinstance(v, float) else v for k, v in record.items()}), flush=True)


def serve(seconds):
    """Answers each case named on standard input with a slice of it, so that somebody else's slice can be timed in
    turn on the same machine. A case stays warm from slice to slice."""
    cases = {}
    for line in sys.stdin:
        name = line.strip()
        if name not in CASES:
            write({"error": f"no case {name!r}; there are {', '.join(CASES)}"})
            continue
        case = cases.get(name) or cases.setdefault(name, make(name))
        write({"case": name, **case.run(clips=1, seconds=seconds)})


def export(name, folder):
    """Writes FOLDER/NAME.safetensors: `w.*` the weights under their state-dict names, `frames` [n, ...] (step t sees
    frame t mod n), `steps` and `outputs` [steps, classes]: the answer after that step. Computed in float64 from the
    float32 weights; metadata `float32_error` is how far the library in float32 is from it at most."""
    from safetensors.torch import save_file

    makers = {  # network, frames of a clip, shape of a frame, frames kept, steps asked
        "cox3d_s": (lambda: models.cox3d("s"), 13, (3, 160, 160), 5, [40, 41, 45, 55, 67, 68, 69, 75]),
        "cox3d_m": (lambda: models.cox3d("m"), 16, (3, 224, 224), 5, [43, 44, 48, 71, 72, 75]),
        "costgcn": (lambda: models.costgcn(False), 300, (3, 25, 2), 465, [296, 300, 320, 360, 400, 448, 452, 464]),
        "costgcn_mod": (lambda: models.costgcn(True), 300, (3, 25, 2), 310, [299, 300, 305, 309]),
        "cooadtr_b1": (lambda: models.cooadtr(1), None, (3072,), 201, [63, 64, 70, 126, 127, 140, 200]),
        "cooadtr_b2": (lambda: models.cooadtr(2), None, (3072,), 201, [63, 64, 70, 126, 127, 140, 200]),
    }
    if name not in makers:
        raise SystemExit(f"{name} has nothing to export; these have: {', '.join(makers)}")
    torch.manual_seed(SEED)
    maker, length, shape, kept, steps = makers[name]
    network = models.randomize(maker(), torch.randn(1, shape[0], length, *shape[1:]) if length else None).eval()
    frames = torch.randn(kept, *shape)
    weights = {f"w.{k}": v.clone() for k, v in network.state_dict().items() if v.dtype == torch.float32}
    answer = by_forward if name == "costgcn" else by_steps
    single = answer(network, frames, steps)
    exact = answer(network.double(), frames.double(), steps)
    error = (single - exact).abs().max().item()
    save_file(
        {**weights, "frames": frames, "steps": torch.tensor(steps), "outputs": exact.float()},
        os.path.join(folder, f"{name}.safetensors"),
        metadata={"case": name, "float32_error": f"{error:.3g}", "source": answer.__doc__})
    print(f"{name}: delay {network.delay}, answers up to {exact.abs().max():.3g}, standard deviation over classes "
          f"{exact.std(1).mean():.2g}, over steps {exact.std(0).mean():.2g}, float32 off by at most {error:.2g}")


def by_steps(network, frames, steps):
    """the library's step"""
    for module in network.modules():
        if hasattr(module, "clean_state"):
            module.clean_state()
    answers = {}
    for step in range(max(steps) + 1):
        answers[step] = network.forward_step(frames[step % len(frames)][None])
    return torch.cat([answers[step] for step in steps])


def by_forward(network, frames, steps):
    """columns of the library's forward, column i being step delay + stride i (its step is wrong here)"""
    columns = network.forward(frames.transpose(0, 1)[None])[0]
    stride = network.stride[0]
    return torch.stack([columns[:, (step - network.delay) // stride] for step in steps])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", help="names with commas between, of " + ", ".join(CASES))
    parser.add_argument("--reps", type=int, default=9, help="clips, and rounds of steps between them")
    parser.add_argument("--serve", action="store_true", help="measure slices of the cases named on standard input")
    parser.add_argument("--seconds", type=float, default=1, help="steps of a slice under --serve")
    parser.add_argument("--export", metavar="FOLDER", help="write the models with expected answers")
    a = parser.parse_args()
    names = a.cases.split(",") if a.cases else list(CASES)
    unknown = [name for name in names if name not in CASES]
    if unknown:
        parser.error(f"no case {unknown[0]}; there are {', '.join(CASES)}")
    torch.set_num_threads(1)
    with torch.inference_mode():
        if a.serve:
            serve(a.seconds)
        elif a.export:
            os.makedirs(a.export, exist_ok=True)
            exported = names if a.cases else ["cox3d_s", "costgcn", "costgcn_mod", "cooadtr_b1", "cooadtr_b2"]
            for name in exported:
                export(name, a.export)
        else:
            for name in names:
                write({"case": name, **make(name).run(clips=a.reps, steps=a.reps * CASES[name][1])})


if __name__ == "__main__":
    main()
