"""Security code shown before a password renewal: its picture and its sound."""
