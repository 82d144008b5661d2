"""Runs a command on a terminal of its own. Whenever it shows a prompt and does not echo what is
typed, types the next secret. All that it prints comes on stdout.

Arguments: the secrets, one a line; the command and its arguments.
"""

import os
import pty
import select
import sys
import termios

secrets = sys.argv[1].split("\n")
command = sys.argv[2:]

pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)

output = b""
answered_bytes = 0
while True:
    # Whether it echoes is polled, since nothing tells of a change.
    readable, _, _ = select.select([terminal], [], [], 0.02)
    try:
        if readable:
            chunk = os.read(terminal, 4096)
            if not chunk:
                break
            output += chunk
            os.write(1, chunk)
        echoes = termios.tcgetattr(terminal)[3] & termios.ECHO
    except (OSError, termios.error):
        # The command has ended.
        break
    if not echoes and output.endswith(b": ") and len(output) > answered_bytes:
        if not secrets:
            # One prompt too many: the terminal goes, and the command with it.
            os.close(terminal)
            break
        answered_bytes = len(output)
        os.write(terminal, secrets.pop(0).encode() + b"\n")

_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)
