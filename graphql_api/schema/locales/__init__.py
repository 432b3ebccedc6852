"""The catalogues: add a language by adding its file and its member in `core.locale`."""
