"""Adapters: the technical side of the ports of the domain."""
