#!/usr/bin/env python3
"""The network of fewmask in PyTorch, timed on the CPU: what `fewmask bench --compare pytorch` runs beside.

An encoder with batch norm folded in, frozen or trained (MobileNetV2 with TensorFlow's SAME padding, or ResNet-18), a decoder,
binary cross-entropy on logits, Adam. Modules are named as fewmask names its parameters, so their state dicts hold the same
tensors. Needs torch and numpy, and a system other than Windows. Prints one line of JSON.
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
WARM_UPS = 2


class Layer(nn.Module):
    """A convolution with batch norm folded in, frozen until somebody asks for its gradient."""

    def __init__(self, inputs, outputs, kernel=1, stride=1, groups=1):
        super().__init__()
        self.stride, self.groups, self.padding = stride, groups, kernel // 2
        shape = (outputs, inputs // groups, kernel, kernel)
        bound = (6 / (shape[1] * kernel * kernel)) ** 0.5
        self.weight = nn.Parameter(torch.empty(shape).uniform_(-bound, bound), requires_grad=False)
        self.bias = nn.Parameter(torch.empty(outputs).uniform_(-0.1, 0.1), requires_grad=False)

    def forward(self, x):
        return functional.conv2d(x, self.weight, self.bias, self.stride, self.padding, 1, self.groups)


class SameLayer(Layer):
    """With TensorFlow's padding: of even extents and stride 2, all of it goes to the right and the bottom."""

    def __init__(self, inputs, outputs, kernel=1, stride=1, groups=1):
        super().__init__(inputs, outputs, kernel, stride, groups)
        self.before = (0, kernel - stride, 0, kernel - stride) if stride > 1 else None
        if self.before:
            self.padding = 0

    def forward(self, x):
        return super().forward(functional.pad(x, self.before) if self.before else x)


class InvertedResidual(nn.Module):
    def __init__(self, inputs, expansion, outputs, stride):
        super().__init__()
        hidden = inputs * expansion
        self.expand = SameLayer(inputs, hidden) if expansion > 1 else None
        self.depthwise = SameLayer(hidden, hidden, 3, stride, hidden)
        self.project = SameLayer(hidden, outputs)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        expanded = functional.relu6(self.expand(x), inplace=True) if self.expand else x
        y = self.project(functional.relu6(self.depthwise(expanded), inplace=True))
        return expanded, y.add_(x) if self.residual else y


class MobileNetV2(nn.Module):
    """[N, 3, H, W] in [-1, 1] -> the four skips, shallow to deep, and the bottleneck."""

    TAPS = (96, 144, 192, 576, 320)

    def __init__(self):
        super().__init__()
        self.stem = SameLayer(3, STEM, 3, 2)
        blocks, channels = [], STEM
        for expansion, outputs, repeats, stride in STAGES:
            for repeat in range(repeats):
                blocks.append(InvertedResidual(channels, expansion, outputs, stride if repeat == 0 else 1))
                channels = outputs
        self.blocks = nn.ModuleList(blocks)

    def forward(self, image):
        x, taps = functional.relu6(self.stem(image), inplace=True), []
        for number, block in enumerate(self.blocks):
            expanded, x = block(x)
            if number in TAPPED:
                taps.append(expanded)
        return taps + [x]


class BasicBlock(nn.Module):
    """He et al. 2016, figure 5, left."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = Layer(inputs, outputs, 3, stride)
        self.conv2 = Layer(outputs, outputs, 3)
        self.downsample = Layer(inputs, outputs, 1, stride) if stride > 1 else None

    def forward(self, x):
        y = self.conv2(functional.relu(self.conv1(x), inplace=True))
        return functional.relu(y.add_(self.downsample(x) if self.downsample else x), inplace=True)


class ResNet18(nn.Module):
    """[N, 3, H, W] in [-1, 1] -> the stem's output and those of four layers."""

    TAPS = (64, 64, 128, 256, 512)

    def __init__(self):
        super().__init__()
        self.conv1 = Layer(3, self.TAPS[0], 7, 2)
        layer = lambda inputs, outputs, stride: nn.Sequential(
            BasicBlock(inputs, outputs, stride), BasicBlock(outputs, outputs, 1)
        )
        self.layer1 = layer(64, 64, 1)
        self.layer2 = layer(64, 128, 2)
        self.layer3 = layer(128, 256, 2)
        self.layer4 = layer(256, 512, 2)
        # From [-1, 1] to what ImageNet's mean and deviation make of [0, 1].
        mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
        self.register_buffer("scale", (0.5 / deviation).reshape(1, 3, 1, 1), persistent=False)
        self.register_buffer("shift", ((0.5 - mean) / deviation).reshape(1, 3, 1, 1), persistent=False)

    def forward(self, image):
        stem = functional.relu(self.conv1(image * self.scale + self.shift), inplace=True)
        x, taps = functional.max_pool2d(stem, 3, 2, 1), [stem]
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = layer(x)
            taps.append(x)
        return taps


ENCODERS = {"mobilenetv2": MobileNetV2, "resnet18": ResNet18}


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
    OUTPUT = staticmethod(lambda taps: same(UnetDecoder.CHANNELS[-1], 1, bias=True))

    def __init__(self, taps):
        super().__init__()
        inputs = (taps[-1],) + self.CHANNELS[:-1]
        skips = taps[-2::-1] + (0,)
        self.blocks = nn.ModuleList(map(UnetBlock, inputs, skips, self.CHANNELS))

    def forward(self, taps):
        x = taps[-1]
        for block, skip in zip(self.blocks, taps[-2::-1] + [None]):
            x = block(x, skip)
        return x


class Pix2pixDecoder(nn.Module):
    CHANNELS = (512, 256, 128, 64)
    OUTPUT = staticmethod(lambda taps: doubling(Pix2pixDecoder.CHANNELS[-1] + taps[0], 1, bias=True))

    def __init__(self, taps):
        super().__init__()
        joined = [channels + skip for channels, skip in zip(self.CHANNELS, taps[-2::-1])]
        inputs = [taps[-1]] + joined[:-1]
        self.ups = nn.ModuleList(normalised(doubling(i, o)) for i, o in zip(inputs, self.CHANNELS))

    def forward(self, taps):
        x = taps[-1]
        for up, skip in zip(self.ups, taps[-2::-1]):
            x = torch.cat([up(x), skip], 1)
        return x


DECODERS = {"unet": UnetDecoder, "pix2pix": Pix2pixDecoder}


class Network(nn.Module):
    """[N, 3, H, W] in [-1, 1] -> logits [N, 1, H, W]. `decoder` and `segmentation_head` are trained, the encoder if asked for."""

    def __init__(self, encoder, decoder, train_encoder=False):
        super().__init__()
        self.encoder = ENCODERS[encoder]()
        self.train_encoder = train_encoder
        if train_encoder:
            self.encoder.requires_grad_()
        taps = self.encoder.TAPS
        self.decoder = DECODERS[decoder](taps)
        self.segmentation_head = nn.Sequential(DECODERS[decoder].OUTPUT(taps))

    def encode(self, image):
        with torch.set_grad_enabled(self.train_encoder and torch.is_grad_enabled()):
            return self.encoder(image)

    def forward(self, image):
        return self.segmentation_head(self.decoder(self.encode(image)))

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
    network = Network(options.family, options.decoder, options.train_encoder)
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
    network.eval()
    with torch.no_grad():
        encoder_ms = median_ms(lambda: network.encode(image), options.runs)
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
    parser.add_argument("--family", choices=ENCODERS, default="mobilenetv2", help="of the encoder")
    parser.add_argument("--train-encoder", action="store_true", help="train it, too")
    parser.add_argument("--decoder", choices=DECODERS, default="unet")
    parser.add_argument("--size", type=extent, default=[128, 128], help="N or HxW, multiples of 32")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--runs", type=int, default=9, help="timed runs; two more come before")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--encoder", help="weights, a .safetensors file; without it random ones")
    print(json.dumps(measure(parser.parse_args())))


if __name__ == "__main__":
    main()
