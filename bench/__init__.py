"""Speed of wdj as ratios to a ten-line Flask on the same gunicorn in the same minutes: `make bench`."""
