"""How the documentation is built: ``sphinx-build -W -b html docs docs/_build/html``."""

import os
import sys
import tomllib
from pathlib import Path

import django
from django.conf import settings
from sphinx.application import Sphinx

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "src"))

project = "custaccount"
author = "custaccount contributors"
project_copyright = "custaccount contributors"
release = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
version = release

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["_build"]

# Pages ------------------------------------------------------------------------------------------

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
suppress_warnings = [
    "myst.header",  # the changelog's headings begin where it is included
    "ref.python",  # a field called `list` is not meant where an annotation says list
]

# Reference --------------------------------------------------------------------------------------

autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_class_signature = "mixed"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
add_module_names = False

# Django's models are there only in a site; this one has no database.
settings.configure(INSTALLED_APPS=["custaccount.adapters.django"])
django.setup()

# Links to other projects need a connection; without one they stay plain text.
if os.environ.get("DOCS_ONLINE") == "1":
    extensions.append("sphinx.ext.intersphinx")
    intersphinx_mapping = {
        "python": ("https://docs.python.org/3", None),
        "attrs": ("https://www.attrs.org/en/stable", None),
        "flask": ("https://flask.palletsprojects.com/en/stable", None),
        "sqlalchemy": ("https://docs.sqlalchemy.org/en/20", None),
    }

# Look -------------------------------------------------------------------------------------------

html_theme = "furo"
html_title = f"custaccount {release}"
html_static_path = ["_static"]
html_css_files = ["docs.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#0b5c6b",
        "color-brand-content": "#0b5c6b",
    },
    "dark_css_variables": {
        "color-brand-primary": "#6fc7d6",
        "color-brand-content": "#6fc7d6",
    },
}
pygments_style = "friendly"
pygments_dark_style = "native"


# Errors -----------------------------------------------------------------------------------------


def lead_to_advice(
    _app: Sphinx, what: str, _name: str, thing: object, _options: object, lines: list[str]
) -> None:
    """End the text of an error with its family and the place that says what to do."""
    code = getattr(thing, "code", None)
    if what == "exception" and isinstance(thing, type) and isinstance(code, str):
        families = [base.__name__ for base in thing.__mro__[1:-3]]
        kind = f"*{', '.join(families)}.* " if families else ""
        lines += ["", f"{kind}What to do: :ref:`{code} <error-{code}>`.", ""]


def setup(app: Sphinx) -> None:
    """Take part in the build."""
    app.connect("autodoc-process-docstring", lead_to_advice)
