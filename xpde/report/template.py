"""The templates of the pages, which share one head and one style."""

from functools import cache

from jinja2 import Environment, PackageLoader, Template

__all__ = ["template"]


@cache
def template(name: str) -> Template:
    """Return the template in the file ``name`` of this package; what it prints is escaped."""
    loader = PackageLoader("xpde", "report")
    made = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return made.get_template(name)
