"""`nncli schema`."""

from __future__ import annotations


def schema() -> None:
    """Print the JSON Schema of configs, for editors.

    Example: nncli schema > nncli.schema.json
    """
    from nncli.cli.console import json_text, out
    from nncli.config.schema import json_schema

    out(json_text(json_schema()))
