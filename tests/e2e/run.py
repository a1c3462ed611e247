"""Runs the end-to-end tests one after another; see run.sh."""

import argparse
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

import test_arrival
import test_bad_input
import test_catalogue
import test_doctor
import test_five
import test_flow
import test_guide
import test_kills
import test_scale
import test_secure
import test_security
import test_upgrade
from stack import Skipped, StackError

MODULES = [test_flow, test_five, test_bad_input, test_doctor, test_arrival, test_catalogue, test_security, test_secure, test_guide, test_kills,
           test_upgrade, test_scale]
