#!/usr/bin/env python3
"""The network of fewmask in PyTorch, timed on the CPU: what `fewmask bench --compare pytorch` runs beside.

A frozen MobileNetV2 with TensorFlow's SAME padding, a decoder, binary cross-entropy on logits, Adam. Modules are named as
fewmask names its parameters, so their state dicts hold the same tensors. Needs torch and numpy, and
a system other than Windows. Prints one line of JSON.
"""

import argparse
import json
import resource
import struct
import sys
import time

import numpy
import torch
from torch import nn
from torch.nn import functional

# Sandler et al. 2018, table 2: expansion, channels, repeats, stride of the first.
STAGES = [
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
]
STEM = 32
# The skips leave from the expansions of these blocks, shallow to deep; the output of the last block is the bottleneck.
TAPPED = (1, 3, 6, 13)
SKIPS = (96, 144, 192, 576)
BOTTLENECK = 320
WARM_UPS = 2


class Layer(nn.Module):
    """A convolution with batch norm folded in; ReLU6 follows unless it is linear."""

    def __init__(self, inputs, outputs, kernel=1, stride=1, groups=1, linear=False):
        super().__init__()
        self.stride, self.groups, self.linear = stride, groups, linear
        shape = (outputs, inputs // groups, kernel, kernel)
        bound = (6 / (shape[1] * kernel * kernel)) ** 0.5
        self.weight = nn.Parameter(torch.empty(shape).uniform_(-bound, bound), requires_grad=False)
        self.bias = nn.Parameter(torch.empty(outputs).uniform_(-0.1, 0.1), requires_grad=False)

    def forward(self, x):
        kernel, padding = self.weight.shape[2], 0
        if kernel > 1:
            if self.stride == 1:
                padding = kernel // 2
            else:  # SAME: of even extents, all of it goes to the right and the bottom
                x = functional.pad(x, (0, kernel - self.stride, 0, kernel - self.stride))
        x = functional.conv2d(x, self.weight, self.bias, self.stride, padding, 1, self.groups)
        return x if self.linear else x.clamp_(0, 6)


class InvertedResidual(nn.Module):
    def __init__(self, inputs, expansion, outputs, stride):
        super().__init__()
        hidden = inputs * expansion
        self.expand = Layer(inputs, hidden) if expansion > 1 else None
        self.depthwise = Layer(hidden, hidden, 3, stride, hidden)
        self.project = Layer(hidden, outputs, linear=True)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        expanded = self.expand(x) if self.expand else x
        y = self.project(self.depthwise(expanded))
        return expanded, y.add_(x) if self.residual else y


class Encoder(nn.Module):
    """[N, 3, H, W] in [-1, 1] -> the four skips, shallow to deep, and the bottleneck."""

    def __init__(self):
        super().__init__()
        self.stem = Layer(3, STEM, 3, 2)
        blocks, channels = [], STEM
        for expansion, outputs, repeats, stride in STAGES:
            for repeat in range(repeats):
                blocks.append(InvertedResidual(channels, expansion, outputs, stride if repeat == 0 else 1))
                channels = outputs
        self.blocks = nn.ModuleList(blocks)

    @torch.no_grad()
    def forward(self, image):
        x, taps = self.stem(image), []
        for number, block in enumerate(self.blocks):
            expanded, x = block(x)
            if number in TAPPED:
                taps.append(expanded)
        return taps + [x]


def normalised(convolution):
    return nn.Sequential(convolution, nn.BatchNorm2d(convolution.out_channels), nn.ReLU(inplace=True))


def same(inputs, outputs, bias=False):
    return nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias)


def doubling(inputs, outputs, bias=False):
    return nn.ConvTranspose2d(inputs, outputs, 3, stride=2, padding=1, output_padding=1, bias=bias)


class UnetBlock(nn.Module):
    def __init__(self, inputs, skip, outputs):
        super().__init__()
        self.conv1 = normalised(same(inputs + skip, outputs))
        self.conv2 = normalised(same(outputs, outputs))

    def forward(self, x, skip):
        x = functional.interpolate(x, scale_factor=2, mode="nearest")
        if skip is not None:
            x = torch.cat([x, skip], 1)
        return self.conv2(self.conv1(x))


class UnetDecoder(nn.Module):
    CHANNELS = (256, 128, 64, 32, 16)
    OUTPUT = staticmethod(lambda: same(UnetDecoder.CHANNELS[-1], 1, bias=True))

    def __init__(self):
        super().__init__()
        inputs = (BOTTLENECK,) + self.CHANNELS[:-1]
        skips = SKIPS[::-1] + (0,)
        self.blocks = nn.ModuleList(map(UnetBlock, inputs, skips, self.CHANNELS))

    def forward(self, taps):
        x = taps[-1]
        for block, skip in zip(self.blocks, taps[-2::-1] + [None]):
            x = block(x, skip)
        return x


class Pix2pixDecoder(nn.Module):
    CHANNELS = (512, 256, 128, 64)
    OUTPUT = staticmethod(lambda: doubling(Pix2pixDecoder.CHANNELS[-1] + SKIPS[0], 1, bias=True))

    def __init__(self):
        super().__init__()
        joined = [channels + skip for channels, skip in zip(self.CHANNELS, SKIPS[::-1])]
        inputs = [BOTTLENECK] + joined[:-1]
        self.ups = nn.ModuleList(normalised(doubling(i, o)) for i, o in zip(inputs, self.CHANNELS))

    def forward(self, taps):
        x = taps[-1]
        for up, skip in zip(self.ups, taps[-2::-1]):
            x = torch.cat([up(x), skip], 1)
        return x


DECODERS = {"unet": UnetDecoder, "pix2pix": Pix2pixDecoder}


class Network(nn.Module):
    """[N, 3, H, W] in [-1, 1] -> logits [N, 1, H, W]. What is trained is `decoder` and `segmentation_head`."""

    def __init__(self, decoder):
        super().__init__()
        self.encoder = Encoder()
        self.decoder = DECODERS[decoder]()
        self.segmentation_head = nn.Sequential(DECODERS[decoder].OUTPUT())

    def forward(self, image):
        return self.segmentation_head(self.decoder(self.encoder(image)))

    def trained(self):
        return [parameter for parameter in self.parameters() if parameter.requires_grad]


def read_safetensors(path):
    """The float32 tensors of a file, by name."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        content = file.read()
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            begin, end = entry["data_offsets"]
            values = numpy.frombuffer(content[begin:end], numpy.float32).reshape(entry["shape"])
            tensors[name] = torch.from_numpy(values.copy())
    return tensors


def peak_mib():
    """The most memory that this process has had."""
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def median_ms(work, runs):
    times = []
    for _ in range(WARM_UPS + runs):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return float(numpy.median(times[WARM_UPS:]))


def measure(options):
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    network = Network(options.decoder)
    if options.encoder:
        weights = read_safetensors(options.encoder)
        names = network.encoder.state_dict().keys()
        network.encoder.load_state_dict({name: weights[name] for name in names})
    height, width = options.size
    image = torch.rand(options.batch, 3, height, width) * 2 - 1
    target = (torch.rand(options.batch, 1, height, width) >= 0.5).float()
    optimizer = torch.optim.Adam(network.trained(), lr=1e-3)

    def train():
        optimizer.zero_grad(set_to_none=True)
        loss = functional.binary_cross_entropy_with_logits(network(image), target)
        loss.backward()
        optimizer.step()
        return loss.item()

    def predict():
        with torch.no_grad():
            return torch.sigmoid(network(image))

    train_ms = median_ms(train, options.runs)
    peak = peak_mib()
    encoder_ms = median_ms(lambda: network.encoder(image), options.runs)
    network.eval()
    infer_ms = median_ms(predict, options.runs)
    return {
        "tool": f"pytorch {torch.__version__}",
        "threads": torch.get_num_threads(),
        "params": sum(parameter.numel() for parameter in network.trained()),
        "train_step_ms": train_ms,
        "encoder_ms": encoder_ms,
        "infer_ms": infer_ms,
        "peak_rss_mb": peak,
    }


def extent(text):
    """N or HxW, in pixels."""
    sizes = [int(part) for part in text.split("x")]
    return (sizes * 2)[:2]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--decoder", choices=DECODERS, default="unet")
    parser.add_argument("--size", type=extent, default=[128, 128], help="N or HxW, multiples of 32")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--runs", type=int, default=9, help="timed runs; two more come before")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--encoder", help="weights, a .safetensors file; without it random ones")
    print(json.dumps(measure(parser.parse_args())))


if __name__ == "__main__":
    main()
