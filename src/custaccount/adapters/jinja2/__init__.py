"""Letters as HTML, by Jinja2; needs the extra ``pages``."""

from custaccount.adapters.jinja2.renderer import Jinja2Renderer

__all__ = ["Jinja2Renderer"]
