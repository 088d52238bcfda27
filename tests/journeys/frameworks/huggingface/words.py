"""A Hugging Face program as users write them, of a model that is too small to need the hub."""

import argparse
import os
import pathlib

from transformers import BertConfig, BertForSequenceClassification, BertTokenizer, Trainer, TrainingArguments

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "shell", "ring"]

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--model_dir", default=os.environ["SM_MODEL_DIR"])
    arguments, _ = parser.parse_known_args()

    vocabulary = pathlib.Path("vocab.txt")
    vocabulary.write_text("\n".join(WORDS))
    tokenizer = BertTokenizer(str(vocabulary))
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    config = BertConfig(vocab_size=len(WORDS), id2label={0: "BAD", 1: "GOOD"}, label2id={"BAD": 0, "GOOD": 1}, **sizes)
    texts = (pathlib.Path(os.environ["SM_CHANNEL_TRAIN"]) / "words.txt").read_text().splitlines()
    rows = [{**tokenizer(text, padding="max_length", max_length=8), "labels": int("good" in text)} for text in texts]
    settings = TrainingArguments("/tmp/out", num_train_epochs=arguments.epochs, learning_rate=0.005, report_to=[])
    trainer = Trainer(model=BertForSequenceClassification(config), args=settings, train_dataset=rows)
    trainer.train()
    trainer.save_model(arguments.model_dir)
    tokenizer.save_pretrained(arguments.model_dir)
