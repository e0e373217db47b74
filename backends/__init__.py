"""Adapters: one file per framework, each importing that framework and nothing else of its kind."""
