#!/usr/bin/env python3
"""Trains the network of torch_unet.py in PyTorch on images of several classes, and tests it: a peer of `fewmask train`.

The data folder has images/, labels/ with numbers of classes, train.txt and test.txt. MobileNetV2 is frozen; the loss is cross-entropy plus
the mean of soft Dice over the classes of the batch, the optimizer Adam, the weights those of the last epoch. Prints one line of JSON
with the mean IoU over classes of all test pixels counted together, at the masks' own size. Needs torch, numpy and PIL.
"""

import argparse
import json
import pathlib
import time

import numpy
import torch
from PIL import Image
from torch import nn
from torch.nn import functional

from torch_unet import Network, UnetDecoder, extent, read_safetensors

FOLDERS = ("images", "labels")


def files(root, folder):
    return {path.stem: path for path in (root / folder).iterdir()}


def listed(root, name):
    return [line.strip() for line in (root / f"{name}.txt").read_text().splitlines() if line.strip()]


def image_at(path, size):
    """[3, H, W] in [-1, 1]."""
    image = Image.open(path).convert("RGB").resize(size[::-1], Image.BILINEAR)
    return torch.from_numpy(numpy.asarray(image).copy()).permute(2, 0, 1).float() / 127.5 - 1


def labels_at(path, size, classes, ignore):
    """[H, W] of int64, -1 where unknown; the class that covers most of a pixel."""
    values = torch.from_numpy(numpy.asarray(Image.open(path)).astype(numpy.int64))
    values[values == ignore] = classes
    covered = functional.one_hot(values, classes + 1).permute(2, 0, 1)[None].float()
    labels = functional.interpolate(covered, size=size, mode="area")[0].argmax(0) if size else values
    labels[labels == classes] = -1
    return labels


def mean_dice(logits, target, known):
    probabilities = logits.softmax(1) * known
    target = target * known
    both, p, y = ((x).sum((0, 2, 3)) for x in (probabilities * target, probabilities, target))
    present = y > 0
    return (1 - (2 * both + 1) / (p + y + 1))[present].mean()


def loss_of(logits, labels, classes):
    known = (labels >= 0)[:, None].float()
    target = functional.one_hot(labels.clamp(min=0), classes).permute(0, 3, 1, 2).float()
    return functional.cross_entropy(logits, labels, ignore_index=-1) + mean_dice(logits, target, known)


def train(network, images, labels, options):
    optimizer = torch.optim.Adam(network.trained(), lr=options.lr)
    order = numpy.random.default_rng(options.seed)
    network.train()
    for epoch in range(options.epochs):
        shuffled, total = order.permutation(len(images)), 0
        steps = range(0, len(shuffled), options.batch)
        for at in steps:
            batch = torch.from_numpy(shuffled[at : at + options.batch])
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(network(images[batch]), labels[batch], options.classes)
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(f"epoch {epoch + 1}: {total / len(steps):.4f}", flush=True)


@torch.no_grad()
def confusion_of(network, names, options):
    classes, root = options.classes, options.data
    images, labels = (files(root, folder) for folder in FOLDERS)
    counts = torch.zeros(classes * classes, dtype=torch.int64)
    network.eval()
    for name in names:
        truth = labels_at(labels[name], None, classes, options.ignore)
        probabilities = network(image_at(images[name], options.size)[None]).softmax(1)
        resized = functional.interpolate(probabilities, size=truth.shape, mode="bilinear", align_corners=False)
        known = truth >= 0
        pairs = truth[known] * classes + resized[0].argmax(0)[known]
        counts += torch.bincount(pairs, minlength=classes * classes)
    return counts.reshape(classes, classes)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--encoder", required=True, help="weights, a .safetensors file")
    parser.add_argument("--classes", type=int, required=True, help="their numbers are 0, 1, ..")
    parser.add_argument("--ignore", type=int, default=255, help="the number of unknown pixels")
    parser.add_argument("--size", type=extent, default=[192, 256])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)

    network = Network("mobilenetv2", "unet")
    weights = read_safetensors(options.encoder)
    network.encoder.load_state_dict({name: weights[name] for name in network.encoder.state_dict()})
    network.segmentation_head = nn.Sequential(nn.Conv2d(UnetDecoder.CHANNELS[-1], options.classes, 3, padding=1))

    images, labels = (files(options.data, folder) for folder in FOLDERS)
    names = listed(options.data, "train")
    began = time.time()
    train(
        network,
        torch.stack([image_at(images[name], options.size) for name in names]),
        torch.stack([labels_at(labels[name], options.size, options.classes, options.ignore) for name in names]),
        options,
    )
    seconds = time.time() - began
    counts = confusion_of(network, listed(options.data, "test"), options).double()
    iou = counts.diag() / (counts.sum(0) + counts.sum(1) - counts.diag())
    told = {"seed": options.seed, "miou": iou.mean().item(), "iou": iou.tolist(), "train_seconds": seconds}
    print(json.dumps({**told, "accuracy": (counts.diag().sum() / counts.sum()).item()}))


if __name__ == "__main__":
    main()
