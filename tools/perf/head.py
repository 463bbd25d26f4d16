# SPDX-License-Identifier: GPL-2.0-only
"""Where launches of AMD SEV, SEV-ES and SEV-SNP guests spend their time, and why they fail.

    perf script record sevtrace -a -- VMM
    perf script report sevtrace

prints what `sevtrace report` does, for who has perf and the kernel's events but not sevtrace. Made when
sevtrace is built, of its tables and tools/perf/*.py.
"""
import errno
import os
import shutil
import sys

