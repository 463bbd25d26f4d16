# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # who sources this uses it
#
# What the kernel's log of a machine must not have, for grep -E. The log begins with the command
# line, which has oops=panic in it.
complaints='WARNING:|BUG:|Oops|int3:|Call Trace|Kernel panic|detected stall|blocked for more|Leaking'
