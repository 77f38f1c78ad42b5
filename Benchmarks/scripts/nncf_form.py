"""Quantises the exported model to 8 bits with NNCF, for OpenVINO: its strongest int8 form of a transformer."""

import logging
import sys

FORM = "plain-nncf"
CALIBRATION_TEXTS = 150


def quantise(plain, lists, out):
    """Writes the form into the folder `out` and returns {form: path}; {} with a message if NNCF is missing or fails.

    `plain` is the exported float32 model, `lists` are token ids of texts, of which up to CALIBRATION_TEXTS, evenly spread, are used.
    """
    try:
        import nncf
        import openvino
    except ImportError as error:
        print(f"skipped {FORM}: {error}", file=sys.stderr)
        return {}
    from encoder_rivals import padded

    logging.getLogger("nncf").setLevel(logging.ERROR)
    step = max(1, len(lists) // CALIBRATION_TEXTS)
    calibration = nncf.Dataset([padded([tokens]) for tokens in lists[::step][:CALIBRATION_TEXTS]])
    path = out / f"{FORM}.xml"
    try:
        model = nncf.quantize(
            openvino.Core().read_model(str(plain)), calibration, model_type=nncf.ModelType.TRANSFORMER,
            subset_size=CALIBRATION_TEXTS)
        openvino.save_model(model, str(path), compress_to_fp16=False)
    except Exception as error:  # any error of the tools: the other rivals still run
        print(f"skipped {FORM}: {type(error).__name__}: {error}", file=sys.stderr)
        return {}
    return {FORM: path}
