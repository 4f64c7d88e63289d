"""What pyproject.toml cannot say: the assets, which stand beside the package, go into the wheel inside of it."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

WITHOUT = shutil.ignore_patterns("screenshot*.png", "benchmarks.*", "*.partial")


class BuildWithAssets(build_py):
    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            place = Path(self.build_lib) / "hwr" / "assets"
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(Path(__file__).parent / "assets", place, ignore=WITHOUT)


setup(cmdclass={"build_py": BuildWithAssets})
