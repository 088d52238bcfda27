"""A PyTorch program as users write them: it learns a line, and serves what it learned."""

import argparse
import os

import torch


def line():
    return torch.nn.Linear(1, 1)


def model_fn(model_dir):
    model = line()
    model.load_state_dict(torch.load(os.path.join(model_dir, "model.pth")))
    return model.to(torch.device("cuda" if torch.cuda.is_available() else "cpu")).eval()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
    parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
    parser.add_argument("--num-gpus", type=int, default=os.environ["SM_NUM_GPUS"])
    arguments = parser.parse_args()

    with open(os.path.join(arguments.train, "line.csv")) as file:
        rows = torch.tensor([[float(cell) for cell in row.split(",")] for row in file if row.strip()])
    model = line()
    optimizer = torch.optim.SGD(model.parameters(), lr=arguments.lr)
    for _ in range(arguments.epochs):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(model(rows[:, 1:]), rows[:, :1])
        loss.backward()
        optimizer.step()
    print(f"loss={loss.item():.6f}; GPUs: {arguments.num_gpus}")
    torch.save(model.state_dict(), os.path.join(arguments.model_dir, "model.pth"))
