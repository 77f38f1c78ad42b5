#!/usr/bin/env python3
"""Exports a BERT sentence encoder as ONNX files, for the engines that contextd's own encoder is compared with.

    export_onnx.py --model models/all-MiniLM-L6-v2 --out FOLDER [--cases FILE.jsonl]...

FOLDER is a Hugging Face layout with config.json and model.safetensors. The graph is built here, node by node, from the sizes in
config.json: from `input_ids` and `attention_mask`, int64 [batch, sequence], it computes `embeddings`, float32 [batch, hidden]: the mean
of the last hidden states over the tokens of the mask, L2-normalised. Writes these files, since engines differ in which form is fastest:

    plain.onnx           standard operators only (opset 17); ONNX Runtime fuses what it recognises when it loads the file
    attention.onnx       fused in advance by onnxruntime.transformers.optimizer: Attention, BiasGelu
    attention-skip.onnx  also with SkipLayerNormalization, that optimizer's default; slower on some processors
    FORM-int8.onnx       each form with weights quantised per output channel and activations at run time (quantize_dynamic)

Then embeds every --cases file, lines of {token_ids, embedding}, with the float32 forms; a cosine below 0.99999 is an error.
"""

import argparse
import collections
import contextlib
import io
import json
import logging
import pathlib
import struct
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17  # first with LayerNormalization as an operator; Gelu (20) is written out, since the fusions look for that form
LEAST_COSINE = 0.99999
INT8 = "-int8"  # suffix of the quantised forms' names


def read_safetensors(path):
    """Returns {name: float32 array}. The file: u64 header length, JSON header, bytes; offsets count from the header's end."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    types = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2")}
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] not in types:
            continue
        first, last = entry["data_offsets"]
        values = np.frombuffer(data[8 + length + first : 8 + length + last], types[entry["dtype"]])
        tensors[name.removeprefix("bert.")] = values.reshape(entry["shape"]).astype(np.float32)
    return tensors


class Graph:
    """A graph under construction; each operator returns the name of its output."""

    def __init__(self):
        self.nodes, self.constants = [], {}

    def constant(self, name, value, dtype=np.float32):
        self.constants.setdefault(name, numpy_helper.from_array(np.ascontiguousarray(np.asarray(value, dtype)), name))
        return name

    def __call__(self, operator, *inputs, output=None, **attributes):
        output = output or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], name=f"n{len(self.nodes)}_{operator}", **attributes))
        return output


class BertGraph(Graph):
    """The encoder's layers. Shapes in the names: `b` batch, `s` sequence, `h` hidden; the layout is that of PyTorch's own export."""

    def __init__(self, config, weights):
        super().__init__()
        if config.get("model_type") != "bert" or config.get("hidden_act") != "gelu":
            raise ValueError("config.json: only model_type bert with hidden_act gelu can be exported")
        self.config, self.weights = config, weights
        self.hidden, self.heads = config["hidden_size"], config["num_attention_heads"]
        self.width = self.hidden // self.heads

    def weight(self, name):
        return self.constant(name, self.weights[name])

    def dense(self, name, x):
        kernel = self.constant(f"{name}.weight_T", self.weights[f"{name}.weight"].T)
        # bias first, as PyTorch writes it; the attention fusion expects that order
        return self("Add", self.weight(f"{name}.bias"), self("MatMul", x, kernel))

    def layer_norm(self, name, x):
        scale, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self("LayerNormalization", x, scale, bias, axis=-1, epsilon=self.config["layer_norm_eps"])

    def gelu(self, x):
        erf = self("Erf", self("Div", x, self.constant("sqrt2", np.sqrt(2))))
        return self("Mul", self("Mul", x, self("Add", erf, self.constant("one", 1))), self.constant("half", 0.5))

    def embeddings(self, ids):
        words = self("Gather", self.weight("embeddings.word_embeddings.weight"), ids, axis=0)
        # Every token is of type 0, so that row is added to all positions in advance.
        table = self.weights["embeddings.position_embeddings.weight"] + self.weights["embeddings.token_type_embeddings.weight"][0]
        length = self("Gather", self("Shape", ids), self.constant("axis1", [1], np.int64), axis=0)
        start, axis = self.constant("start0", [0], np.int64), self.constant("axis0", [0], np.int64)
        positions = self("Slice", self.constant("positions", table), start, length, axis)
        return self.layer_norm("embeddings.LayerNorm", self("Add", words, positions))

    def attention_bias(self, mask):
        """[b, 1, 1, s]: 0 for a token, the lowest float32 for padding."""
        axis1, axis2 = self.constant("axis1", [1], np.int64), self.constant("axis2", [2], np.int64)
        kept = self("Cast", self("Unsqueeze", self("Unsqueeze", mask, axis1), axis2), to=TensorProto.FLOAT)
        return self("Mul", self("Sub", self.constant("one", 1), kept), self.constant("least", np.finfo(np.float32).min))

    def attention(self, name, x, bias):
        split = self.constant("split_heads", [0, 0, self.heads, self.width], np.int64)
        join = self.constant("join_heads", [0, 0, self.hidden], np.int64)

        def heads(part, order):
            return self("Transpose", self("Reshape", self.dense(f"{name}.self.{part}", x), split), perm=order)

        queries, keys, values = heads("query", [0, 2, 1, 3]), heads("key", [0, 2, 3, 1]), heads("value", [0, 2, 1, 3])
        scores = self("Div", self("MatMul", queries, keys), self.constant("sqrt_width", np.sqrt(self.width)))
        shares = self("Softmax", self("Add", scores, bias), axis=-1)
        context = self("Transpose", self("MatMul", shares, values), perm=[0, 2, 1, 3])
        out = self.dense(f"{name}.output.dense", self("Reshape", context, join))
        return self.layer_norm(f"{name}.output.LayerNorm", self("Add", out, x))

    def layer(self, number, x, bias):
        name = f"encoder.layer.{number}"
        x = self.attention(f"{name}.attention", x, bias)
        inner = self.gelu(self.dense(f"{name}.intermediate.dense", x))
        return self.layer_norm(f"{name}.output.LayerNorm", self("Add", self.dense(f"{name}.output.dense", inner), x))

    def pool(self, x, mask):
        """Mean over the mask's tokens as one product [b, 1, s] × [b, s, h], then L2 norm; a text without tokens gives zeros."""
        axis1 = self.constant("axis1", [1], np.int64)
        row = self("Unsqueeze", self("Cast", mask, to=TensorProto.FLOAT), axis1)
        # The norm makes the division by the token count unnecessary: mean and sum have the same direction.
        total = self("Squeeze", self("MatMul", row, x), axis1)
        norm = self("Max", self("ReduceL2", total, axes=[1], keepdims=1), self.constant("tiny", 1e-12))
        return self("Div", total, norm, output="embeddings")

    def model(self):
        ids, mask = "input_ids", "attention_mask"
        x, bias = self.embeddings(ids), self.attention_bias(mask)
        for number in range(self.config["num_hidden_layers"]):
            x = self.layer(number, x, bias)
        self.pool(x, mask)
        shape = ["batch", "sequence"]
        inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in (ids, mask)]
        outputs = [helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["batch", self.hidden])]
        graph = helper.make_graph(self.nodes, "sentence_encoder", inputs, outputs, list(self.constants.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="contextd benchmark")
        model.ir_version = 9
        onnx.checker.check_model(model)
        return model


def fuse(plain, fused, config, skip):
    """Writes `fused`, with or without SkipLayerNormalization. Raises if the optimizer did not recognise every layer."""
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    options = FusionOptions("bert")
    options.enable_embed_layer_norm = False  # the embedding here is a sum of two tables, the fusion expects three
    options.enable_skip_layer_norm = skip
    model = optimizer.optimize_model(
        str(plain), model_type="bert", num_heads=config["num_attention_heads"], hidden_size=config["hidden_size"],
        optimization_options=options, opt_level=0,
    )
    counts = collections.Counter(node.op_type for node in model.model.graph.node if node.domain == "com.microsoft")
    layers = config["num_hidden_layers"]
    wanted = {"Attention": layers, "BiasGelu": layers, **({"SkipLayerNormalization": 2 * layers} if skip else {})}
    if counts != wanted:
        raise RuntimeError(f"the optimizer fused {dict(counts)}, expected {wanted}")
    model.save_model_to_file(str(fused))


def quantize(source, target):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    options = {"DefaultTensorType": TensorProto.FLOAT}  # the tool cannot infer types beyond fused operators
    quantize_dynamic(str(source), str(target), per_channel=True, weight_type=QuantType.QInt8, extra_options=options)


@contextlib.contextmanager
def quiet():
    """Suppresses what the tools of ONNX Runtime print on standard output and through the root logger."""
    before = logging.getLogger().level
    logging.getLogger().setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.getLogger().setLevel(before)


def export(model_folder, out):
    """Writes the forms into `out` and returns {form: path}. Skips a form that the tools cannot produce, with a message."""
    config = json.loads((model_folder / "config.json").read_text())
    forms = {"plain": out / "plain.onnx"}
    onnx.save(BertGraph(config, read_safetensors(model_folder / "model.safetensors")).model(), forms["plain"])

    def attempt(form, make):
        path = out / f"{form}.onnx"
        try:
            with quiet():
                make(path)
            forms[form] = path
        except Exception as error:  # any error of the tools: the rival still runs in its other forms
            print(f"skipped {form}.onnx: {type(error).__name__}: {error}", file=sys.stderr)

    attempt("attention", lambda path: fuse(forms["plain"], path, config, skip=False))
    attempt("attention-skip", lambda path: fuse(forms["plain"], path, config, skip=True))
    for form in list(forms):
        attempt(form + INT8, lambda path, source=forms[form]: quantize(source, path))
    return forms


def check(path, cases):
    """Returns the lowest cosine between the file's embeddings and those of the cases, run one at a time and in one padded batch."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    rows = [json.loads(line) for line in cases.read_text().splitlines() if line.strip()]
    want = np.array([row["embedding"] for row in rows])
    want /= np.linalg.norm(want, axis=1, keepdims=True)
    lists = [row["token_ids"] for row in rows]

    def embed(batch):
        ids = np.zeros((len(batch), max(map(len, batch))), np.int64)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)], mask[row, : len(tokens)] = tokens, 1
        return session.run(None, {"input_ids": ids, "attention_mask": mask})[0]

    alone = np.concatenate([embed([tokens]) for tokens in lists])
    padded = np.concatenate([embed(lists[start : start + 16]) for start in range(0, len(lists), 16)])
    return min(float((want * got).sum(axis=1).min()) for got in (alone, padded)), len(rows)


def check_all(forms, cases):
    """Exits with an error if a float32 form differs from the model."""
    for path in cases:
        for form in (form for form in forms if not form.endswith(INT8)):
            cosine, count = check(forms[form], path)
            print(f"{form}.onnx: lowest cosine {cosine:.7f} over {count} cases of {path.name}", file=sys.stderr)
            if not cosine >= LEAST_COSINE:
                sys.exit(f"error: {form}.onnx differs from the model: cosine {cosine:.7f}, expected at least {LEAST_COSINE}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=pathlib.Path, required=True, help="folder of the model")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder to write the ONNX files to")
    parser.add_argument("--cases", type=pathlib.Path, action="append", default=[], help="reference cases; may be repeated")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    forms = export(options.model, options.out)
    for form, path in forms.items():
        print(f"{form:<20} {path.stat().st_size / 1e6:6.1f} MB  {path}")
    check_all(forms, options.cases)


if __name__ == "__main__":
    main()
