"""Crisis detection: pure detectors over the pulses of the communities, and the Faust process around them."""
