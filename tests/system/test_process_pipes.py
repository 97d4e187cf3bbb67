"""The handler `process`: what passes through a program's pipes, and how."""

import unittest

from test_process import Programs


class Hooks(Programs):
    """What has output leave in time."""

    program = "echo \"preload=$LD_PRELOAD path=$PYTHONPATH\"; exec sed -n p"

    def first_line(self, **options):
        server = self.serve({"framing": "line", "handler": self.shell(self.program, per="connection", **options)})
        return self.ask(server.address("listener-0")).decode()

    def test_they_are_there(self):
        self.assertRegex(self.first_line(), "^preload=/.*/netkit-unbuffered.so path=/.*/python/unbuffered:/.*/python\n$")

    def test_a_program_without_them(self):
        self.assertRegex(self.first_line(unbuffered=False), "^preload= path=/.*/python\n$")
        self.assertNotIn("unbuffered", self.first_line(unbuffered=False))


if __name__ == "__main__":
    unittest.main()
