"""Three steps of training with plain images in PyTorch, in float64: what tests/fixtures/consistency.json holds.

    python3 scripts/peers/consistency_step.py > tests/fixtures/consistency.json

A convolution 3x3 with batch norm and ReLU, then one 3x3 to a mask. Each step: the teacher, which is the average of the
network in evaluation mode, marks the weak views of two plain images; the network learns two images with masks and the
strong views of the plain ones in one batch. Inputs are waves, so that both programs can make them.
"""

import json
import math

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

LABELLED, PLAIN, CHANNELS, SIZE, STEPS = 2, 2, 4, 8, 3
LR, MOMENTUM, AVERAGE, THRESHOLD, WEIGHT, RAMP = 0.1, 0.9, 0.6, 0.7, 0.8, 2


def wave(shape, pace, first):
    count = math.prod(shape)
    return torch.tensor([math.sin(first + pace * i) for i in range(count)], dtype=torch.float64).reshape(shape)


def network():
    model = nn.Sequential(
        nn.Conv2d(3, CHANNELS, 3, padding=1, bias=False),
        nn.BatchNorm2d(CHANNELS),
        nn.ReLU(),
        nn.Conv2d(CHANNELS, 1, 3, padding=1),
    ).double()
    with torch.no_grad():
        model[0].weight.copy_(wave((CHANNELS, 3, 3, 3), 0.7, 1) * 0.4)
        model[3].weight.copy_(wave((1, CHANNELS, 3, 3), 0.9, 2) * 0.8)
        model[3].bias.copy_(torch.tensor([0.1]))
    return model


def loss_of(logits, target, weight=None):
    weight = torch.ones_like(target) if weight is None else weight
    counted = weight.sum().clamp(min=1)
    cross = (binary_cross_entropy_with_logits(logits, target, reduction="none") * weight).sum() / counted
    p = torch.sigmoid(logits)
    overlap = 2 * (p * target * weight).sum() + 1
    return cross + 1 - overlap / ((p * weight).sum() + (target * weight).sum() + 1)


student, teacher = network(), network()
teacher.eval()
optimizer = torch.optim.SGD(student.parameters(), lr=LR, momentum=MOMENTUM)
steps = []
for step in range(1, STEPS + 1):
    image = wave((LABELLED, 3, SIZE, SIZE), 0.37, step)
    target = (wave((LABELLED, 1, SIZE, SIZE), 0.11, step) > 0).double()
    weak = wave((PLAIN, 3, SIZE, SIZE), 0.29, step)
    strong = wave((PLAIN, 3, SIZE, SIZE), 0.29, step) * 0.9 + 0.05
    with torch.no_grad():
        p = torch.sigmoid(teacher(weak))
    pseudo, sure = (p >= 0.5).double(), (torch.maximum(p, 1 - p) >= THRESHOLD).double()
    output = student(torch.cat([image, strong]))
    consistency = loss_of(output[LABELLED:], pseudo, sure) * sure.mean()
    loss = loss_of(output[:LABELLED], target) + WEIGHT * min(1, step / RAMP) * consistency
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    decay = min(AVERAGE, step / (9 + step))
    with torch.no_grad():
        states = zip(teacher.state_dict().items(), student.state_dict().values())
        for (name, average), now in states:
            if "num_batches" not in name:
                average.copy_(decay * average + (1 - decay) * now)
    steps.append({"loss": loss.item(), "consistency": consistency.item(), "share": sure.mean().item()})


def numbers(model):
    names = {"0.weight": "layer.0.weight", "1.weight": "layer.1.weight", "1.bias": "layer.1.bias"}
    names |= {"1.running_mean": "layer.1.running_mean", "1.running_var": "layer.1.running_var"}
    names |= {"3.weight": "head.weight", "3.bias": "head.bias"}
    state = model.state_dict()
    return {ours: [round(v, 9) for v in state[name].flatten().tolist()] for name, ours in names.items()}


settings = {"lr": LR, "momentum": MOMENTUM, "average": AVERAGE, "threshold": THRESHOLD, "weight": WEIGHT, "ramp": RAMP}
print(json.dumps({"settings": settings, "steps": steps, "student": numbers(student), "teacher": numbers(teacher)}))
