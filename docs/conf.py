"""How the documentation is built: Sphinx and MyST, with pages that are executed."""

import os
import sys
import tempfile
from pathlib import Path

from sphinx.application import Sphinx

import pangeo

# The pages ingest and open for real, each in a workspace of its own, with the commands of
# this environment and none of the habits of this user.
_folder = tempfile.TemporaryDirectory(prefix="pangeo-docs-")
_profile = Path(_folder.name, "ipython", "profile_default")
_profile.mkdir(parents=True)
_profile.joinpath("ipython_kernel_config.py").write_text(
    "c.IPKernelApp.log_level = 'ERROR'\nc.IPKernelApp.extensions = ['console']  # %%console\n"
)
os.environ["IPYTHONDIR"] = str(_profile.parent)
os.environ["PANGEO_WORKSPACE"] = "workspace"  # in the folder of the page, which is a new one
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
os.environ["PYTHONPATH"] = str(Path(__file__).parent / "_ext")
sys.path.insert(0, os.environ["PYTHONPATH"])

project = "Pangeo"
copyright = "The Pangeo contributors, Apache License 2.0"
version = release = pangeo.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "real_files",
]
exclude_patterns = ["_build", "jupyter_execute"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_execution_show_tb = True
nb_execution_in_temp = True

autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
maximum_signature_line_length = 80
napoleon_google_docstring = False
napoleon_use_rtype = False
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True

html_theme = "furo"
html_title = "Pangeo"
html_static_path = ["_static"]
html_css_files = ["pangeo.css"]
html_show_sphinx = False


def without_constructor(
    app: Sphinx, what: str, name: str, obj: object, options: object, arguments: str, returns: str
) -> tuple[str, str] | None:
    """Reports, entries and errors are received, not made: how to construct them is noise."""
    return ("", "") if what in ("class", "exception") else None


def setup(app: Sphinx) -> None:
    """Connect to autodoc."""
    app.connect("autodoc-process-signature", without_constructor)
