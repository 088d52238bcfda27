"""The measurements: each module has `measure(peers)`, which returns figures, or says why there are none."""
