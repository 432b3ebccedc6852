"""Pre-made sprites and clips of the ten digits, and the scripts that make them."""
