"""What the oracles share that ask Terraform: where its provider lies, and a module that is run."""
import json
import os
import pathlib
import shutil
import subprocess

# The provider asks nobody who it is.
ALONE = """provider "aws" {
  region                      = "us-east-1"
  access_key                  = "mock"
  secret_key                  = "mock"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  skip_region_validation      = true
}
"""


def mirror():
    """The folder with a mirror of the provider: $TF_PLUGIN_DIR, or the first one near the top of the file system."""
    if "TF_PLUGIN_DIR" in os.environ:
        return os.environ["TF_PLUGIN_DIR"]
    for root, folders, _ in os.walk("/"):
        if "registry.terraform.io" in folders:
            return root
        depth = root.count("/") if root != "/" else 0
        hidden = ("proc", "sys", "dev", "tmp")
        folders[:] = sorted(f for f in folders if depth < 3 and f not in hidden and not f.startswith("."))
    return None


def needed(name):
    """The mirror; ends the oracle without a failure where Terraform or the provider is not there."""
    found = mirror()
    if not shutil.which("terraform") or not found:
        print(f"{name}: skipped, there is no terraform with a mirror of its provider (TF_PLUGIN_DIR)")
        raise SystemExit(0)
    return found


class Module:
    """A folder of Terraform."""

    def __init__(self, folder, plugins, environment=None):
        self.folder = pathlib.Path(folder)
        self.plugins = plugins
        self.environment = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", **(environment or {})}
        self.environment.pop("TF_CLI_CONFIG_FILE", None)

    def run(self, *arguments, check=True, timeout=240):
        """Status and output of a command."""
        done = subprocess.run(
            ["terraform", *arguments], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=timeout
        )
        if check and done.returncode != 0:
            raise RuntimeError(f"terraform {arguments[0]} answers {done.returncode}\n{(done.stdout + done.stderr)[-3000:]}")
        return done

    def alone(self):
        """Writes beside the module that its provider asks nobody anything."""
        (self.folder / "providers_override.tf").write_text(ALONE)

    def init(self, check=True):
        """Makes the module ready; what Terraform says where it cannot be, and is not to be checked."""
        done = self.run("init", "-input=false", "-no-color", f"-plugin-dir={self.plugins}", check=check)
        return done.stdout + done.stderr if done.returncode else None

    def plan(self, *arguments):
        """The plan, as `terraform show -json` tells it."""
        self.run("plan", "-input=false", "-no-color", "-out=plan", *arguments)
        return json.loads(self.run("show", "-json", "plan").stdout)
