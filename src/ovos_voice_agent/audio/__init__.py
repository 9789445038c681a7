"""Samples in, samples out: formats, resampling, speech edges and files.

Rules: nothing here does I/O except `wav.py`, knows a clock, or imports more than numpy and `errors`; files of other
kinds need libsndfile and, where it is installed, FFmpeg (`files.py`, `encoders.py`). Positions are
counted in samples received. `format.py` and `edges.py` do without numpy, so that the pure core may import them.
"""
