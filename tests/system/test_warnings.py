"""What a server warns of when it starts, and at a reload."""

import os
import pwd
import resource
import signal
import ssl
import subprocess
import sys
import time
import unittest

from netkit_testing import SERVER, SystemTest, run
from test_reload import ReloadTest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from certificates import Authority  # noqa: E402

NOBODY = pwd.getpwnam("nobody")
SHELL = {"type": "exec", "shell": True}
as_root = unittest.skipUnless(os.geteuid() == 0, "only root can give files away and become somebody else")


def warnings(server):
    return [line.split(" warning ")[1] for line in server.log().splitlines() if " warning " in line]


def end_of(certificate):
    said = subprocess.run(
        ["openssl", "x509", "-noout", "-enddate", "-in", certificate], capture_output=True, text=True, timeout=60, check=True
    )
    return ssl.cert_time_to_seconds(said.stdout.strip().removeprefix("notAfter="))


class Warnings(ReloadTest):
    def folder_for(self, mode, owner=0):
        folder = os.path.join(self.folder(), "place")
        os.mkdir(folder)
        os.chown(folder, owner, 0)
        os.chmod(folder, mode)
        os.chmod(os.path.dirname(folder), 0o755)
        return folder

    def warnings_of(self, *listeners, **top):
        return "\n".join(warnings(self.serve(*listeners, **top)))

    @as_root
    def test_a_shell_as_root(self):
        text = "listener 'listener-0': whoever reaches it can run any command here"
        self.assertIn(text, self.warnings_of({"handler": SHELL}))
        self.assertNotIn("whoever", self.warnings_of({"handler": SHELL}, user="nobody"))
        self.assertNotIn("whoever", self.warnings_of({"handler": {**SHELL, "user": "nobody"}}))
        self.assertNotIn("whoever", self.warnings_of({"handler": "echo"}))
        self.assertIn(text, self.warnings_of({"handler": {**SHELL, "user": "root"}}))

    def test_a_shell_for_web_pages(self):
        text = "and so does any web page that is open on such a machine"
        self.assertIn(text, self.warnings_of({"handler": SHELL, "refuse_http": False}))
        self.assertIn(text, self.warnings_of({"handler": SHELL, "framing": "http"}))
        self.assertNotIn(text, self.warnings_of({"handler": SHELL}))
        self.assertNotIn(text, self.warnings_of({"handler": "echo", "framing": "http"}))
        unix = {"transport": "unix", "address": os.path.join(self.folder(), "a.sock")}
        self.assertNotIn(text, self.warnings_of({"handler": SHELL, "refuse_http": False, **unix}))

    @as_root
    def test_links_that_others_may_replace(self):
        shared = self.folder_for(0o777)
        behind = os.path.join(self.folder(), "plugins")
        os.mkdir(behind)
        os.symlink(behind, os.path.join(shared, "link"))
        os.symlink(os.path.join(shared, "link"), os.path.join(self.folder(), "first"))
        found = self.warnings_of({"handler": "echo"}, plugin_path=[os.readlink(os.path.join(shared, "link"))])
        self.assertNotIn("plugin_path", found)
        found = self.warnings_of({"handler": "echo"}, plugin_path=[os.path.join(shared, "link")])
        self.assertIn(f"plugin_path: '{shared}', mode 0777, can be written by everybody", found)
        os.chmod(shared, 0o1777)
        os.chown(os.path.join(shared, "link"), NOBODY.pw_uid, 0, follow_symlinks=False)
        found = self.warnings_of({"handler": "echo"}, plugin_path=[os.path.join(shared, "link")])
        self.assertIn(f"plugin_path: '{shared}/link' belongs to user {NOBODY.pw_uid}", found)

    @as_root
    def test_scripts_and_programs_that_others_may_write(self):
        folder = self.folder_for(0o755)
        script = os.path.join(folder, "answer.lua")
        with open(script, "w", encoding="ascii") as file:
            file.write("function on_message(session, body) session:send(body) end\n")
        lua = {"name": "a", "framing": "line", "handler": {"type": "lua", "script": script}}
        self.assertNotIn(script, self.warnings_of(lua))
        os.chmod(script, 0o666)
        self.assertIn(f"listener 'a': handler: '{script}', mode 0666, can be written by everybody", self.warnings_of(lua))
        script = os.path.join(folder, "answer.sed")
        with open(script, "w", encoding="ascii") as file:
            file.write("s/a/b/\n")
        os.chown(script, NOBODY.pw_uid, 0)
        handler = {"type": "process", "command": ["sed", "-u", "-f", script], "directory": folder}
        sed = {"name": "a", "framing": "line", "handler": handler}
        self.assertIn(f"handler: '{script}' belongs to user {NOBODY.pw_uid}", self.warnings_of(sed))
        sed["handler"]["user"] = "nobody"
        self.assertNotIn(script, self.warnings_of(sed))

    @as_root
    def test_the_endpoint_for_operators(self):
        folder = self.folder_for(0o777)
        admin = {"address": os.path.join(folder, "admin.sock")}
        self.assertIn(f"admin.address: '{folder}', mode 0777", self.warnings_of({"handler": "echo"}, admin=admin))
        os.chmod(folder, 0o755)
        token = os.path.join(folder, "token")
        with open(token, "w", encoding="ascii") as file:
            file.write("secret-of-the-operator\n")
        admin = {"address": "127.0.0.1:0", "token_file": token}
        for mode, told in ((0o600, False), (0o644, True)):
            os.chmod(token, mode)
            found = self.warnings_of({"handler": "echo"}, admin=admin)
            self.assertEqual(f"admin.token_file: everybody on this machine can read '{token}'" in found, told, found)

    def test_a_check_warns_too(self):
        server = self.serve({"handler": SHELL, "refuse_http": False})
        said, warned = run(SERVER, "--config", server.config, "--check")
        self.assertEqual(said, f"{server.config}: ok, 1 listener\n")
        self.assertIn(f"{server.config}: warning: listener 'listener-0': whoever reaches it can run any command", warned)

    @as_root
    def test_folders_that_others_may_write_to(self):
        for mode, owner, who in ((0o777, 0, "can be written by everybody"), (0o775, 0, "can be written by its group"),
                                 (0o755, NOBODY.pw_uid, f"belongs to user {NOBODY.pw_uid}")):
            folder = self.folder_for(mode, owner)
            server = self.serve(
                {"name": "a", "transport": "unix", "address": f"{folder}/a.sock", "handler": "echo"}, plugin_path=[folder]
            )
            for key in ("plugin_path: ", "listener 'a': address: "):
                self.assertIn(f"{key}'{folder}'", "\n".join(warnings(server)))
            self.assertIn(who, "\n".join(warnings(server)))
        for mode in (0o755, 0o1777):
            folder = self.folder_for(mode)
            self.assertNotIn("place", self.warnings_of({"handler": "echo"}, plugin_path=[folder]))

    @as_root
    def test_what_the_later_user_owns_it_may_write_but_no_plugins(self):
        folder = self.folder_for(0o755, NOBODY.pw_uid)
        sockets = {"name": "a", "transport": "unix", "address": f"{folder}/a.sock", "handler": "echo"}
        found = self.warnings_of(sockets, plugin_path=[folder], user="nobody")
        self.assertIn("plugin_path", found)
        self.assertNotIn("address", found)

    def test_a_config_that_others_may_write(self):
        server = self.serve({"handler": "echo"})
        self.assertNotIn("config: ", "\n".join(warnings(server)))
        os.chmod(server.config, 0o666)
        server.signal(signal.SIGHUP)
        server.await_log(f"config: '{server.config}', mode 0666, can be written by everybody")

    def test_keys_and_certificates(self):
        folder = self.folder()
        authority = Authority(folder)
        for days, text in ((-1, "has expired"), (1, "expires at "), (10, "expires at "), (20, None)):
            certificate, key = authority.issue(f"server{days}", ["DNS:localhost"], days=days)
            os.chmod(key, 0o600 if days != 20 else 0o644)
            tls = {"certificate": certificate, "key": key}
            found = self.warnings_of({"transport": "tls", "handler": "echo", "tls": tls})
            if text:
                end = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(end_of(certificate))) if days > 0 else ""
                self.assertIn(f"tls.certificate '{certificate}' {text}{end}\n", found + "\n")
                self.assertNotIn("can read", found)
            else:
                self.assertNotIn("expire", found)
                self.assertIn(f"tls.key: everybody on this machine can read '{key}'", found)

    def test_the_rest_of_a_chain_expires_too(self):
        authority = Authority(self.folder())
        certificate, key = authority.issue("server", ["DNS:localhost"])
        expired, _ = authority.issue("between", ["DNS:between"], days=-1)
        with open(certificate, "a", encoding="ascii") as chain, open(expired, encoding="ascii") as more:
            chain.write(more.read())
        found = self.warnings_of({"transport": "tls", "handler": "echo", "tls": {"certificate": certificate, "key": key}})
        self.assertIn(f"tls.certificate '{certificate}' has expired", found)

    def test_too_few_descriptors(self):
        found = self.warnings_of({"handler": "echo"}, descriptors=500, limits={"connections": 1000})
        self.assertIn(
            "limits.connections is 1000, which takes 1256 descriptors (one each, and 256 for all else; a file that is sent "
            "and a program that runs take more), but RLIMIT_NOFILE allows 500",
            found,
        )
        self.assertNotIn("RLIMIT", self.warnings_of({"handler": "echo"}, descriptors=500, limits={"connections": 100}))

    def test_the_soft_limit_is_raised(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (300, hard))
        server = self.serve({"handler": "echo"}, limits={"connections": 1000})
        self.assertNotIn("RLIMIT", server.log())
        self.assertEqual(resource.prlimit(server.popen.pid, resource.RLIMIT_NOFILE)[0], 2256)


class LogFile(SystemTest):
    def test_a_link_is_not_followed(self):
        folder = self.folder()
        target = os.path.join(folder, "target")
        os.symlink(target, os.path.join(folder, "netkit.log"))
        with self.assertRaises(AssertionError) as failure:
            self.serve({"handler": "echo"}, log={"file": os.path.join(folder, "netkit.log")})
        self.assertIn("netkit.log is a symbolic link, which is not followed", str(failure.exception))
        self.assertFalse(os.path.exists(target))

    @as_root
    def test_root_opens_it_as_the_user_it_is_for(self):
        folder = self.folder()
        log = os.path.join(folder, "netkit.log")
        with open(log, "w", encoding="ascii"):
            os.chmod(log, 0o600)
        os.chmod(folder, 0o755)
        with self.assertRaises(AssertionError) as failure:
            self.serve({"handler": "echo"}, user="nobody", log={"file": log})
        self.assertIn("Permission denied", str(failure.exception))
        os.unlink(log)
        os.chown(folder, NOBODY.pw_uid, NOBODY.pw_gid)
        self.serve({"handler": "echo"}, user="nobody", log={"file": log})
        self.assertEqual(os.stat(log).st_uid, NOBODY.pw_uid)


if __name__ == "__main__":
    unittest.main()
