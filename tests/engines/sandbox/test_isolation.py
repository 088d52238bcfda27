"""What a job sees, may change and may reach; as root and as an ordinary user."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator

import pytest

from .conftest import Person


def test_a_job_sees_its_own_opt_ml_and_may_write_there(person: Person) -> None:
    result, output = person.run("cat /opt/ml/input/data/data.csv; echo done > /opt/ml/model; hostname; cat /etc/hosts")
    assert result["exit_code"] == 0, output
    assert output[:2] == ["1,2", "algo-1"]
    assert "127.0.0.1 localhost algo-1" in output
    assert (person.job / "ml" / "model").read_text() == "done\n"


def test_a_job_reads_no_home_no_ormer_home_and_no_other_job(person: Person) -> None:
    secrets = [person.home / "secret.txt", person.ormer_home / "secret.txt", person.other_job / "secret.txt"]
    assert all(secret.read_text() == "SECRET\n" for secret in secrets)
    names = " ".join(map(str, secrets))
    _, output = person.run(f"cat {names}; ls {person.home}; cat /etc/shadow; find / -xdev -name secret.txt; true")
    assert not [line for line in output if line == "SECRET" or line.endswith("/secret.txt")]
    assert [line for line in output if "No such file" in line and "shadow" in line]


def test_a_job_sees_only_a_few_files_of_etc_and_no_real_accounts(person: Person) -> None:
    _, output = person.run("cat /etc/passwd; ls /; ls /etc")
    assert [line for line in output if line.count(":") == 6 and ":/home/job:" in line]
    assert not {"root", "boot", "mnt", "srv", "var", "work"} & set(output)
    assert not {"shadow", "sudoers", "ssh", "machine-id"} & set(output)


@pytest.mark.parametrize("path", ["/usr/x", "/usr/bin/sh", "/etc/hosts", "/opt/ml/input/data/x", "/bin/x"])
def test_a_job_cannot_change_what_is_not_its_own(person: Person, path: str) -> None:
    result, output = person.run(f"(echo bad >> {path}) && echo CHANGED; rm -f {path} && test ! -e {path} && echo GONE")
    assert not {"CHANGED", "GONE"} & set(output[:-1] if path.endswith("/x") else output), result


def test_what_a_job_writes_elsewhere_vanishes_with_it(person: Person) -> None:
    before = set(os.listdir("/")) | set(os.listdir("/tmp"))
    result, _ = person.run(
        "mkdir -p /made-by-job && echo x > /made-by-job/x && echo x > /tmp/made-by-job && touch ~/here"
    )
    assert result["exit_code"] == 0
    assert "made-by-job" not in (set(os.listdir("/")) | set(os.listdir("/tmp"))) - before
    assert not (person.home / "here").exists()


def test_a_job_has_no_capabilities_and_cannot_gain_any(person: Person) -> None:
    _, output = person.run(
        "grep Cap /proc/self/status; grep NoNewPrivs /proc/self/status; mount -o remount,rw /usr && echo REMOUNTED;"
        " unshare -Ur true && echo NAMESPACE; chroot / true && echo CHROOT; mknod /tmp/d b 8 0 && echo DEVICE; true"
    )
    assert [line.split()[1] for line in output if line.startswith("Cap")] == ["0" * 16] * 5
    assert "NoNewPrivs:\t1" in output
    assert not {"REMOUNTED", "NAMESPACE", "CHROOT", "DEVICE"} & set(output)


def test_a_job_sees_and_signals_only_its_own_processes(person: Person) -> None:
    _, output = person.run(f"ls /proc | grep -c '^[0-9]*$'; kill -0 {os.getpid()} && echo SIGNALLED; true")
    assert int(output[0]) < 10
    assert "SIGNALLED" not in output


def test_two_jobs_do_not_see_each_other(person: Person) -> None:
    person.run("echo mine > /tmp/mine; echo mine > ~/mine; echo mine > /dev/shm/mine")
    _, output = person.run("ls /tmp ~ /dev/shm")
    assert "mine" not in output


def test_the_servers_environment_does_not_reach_a_job(person: Person) -> None:
    person.environment["ORMER_TEST_SECRET"] = "SECRET"
    _, output = person.run("env; tr '\\0' '\\n' < /proc/1/environ")
    assert not [line for line in output if "SECRET" in line]


@pytest.fixture
def listener() -> Iterator[int]:
    """A port of this machine that greets whoever connects."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(b"hello\n")

        threading.Thread(target=greet, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def test_network_isolation_closes_even_loopback_and_without_it_the_server_is_reached(
    person: Person, listener: int
) -> None:
    code = f"import socket; print(socket.create_connection(('127.0.0.1', {listener}), 5).recv(9))"
    script = f'{person.python} -I -c "{code}"'
    more = {"runtime": os.path.dirname(os.path.dirname(person.python))} if not person.python.startswith("/usr") else {}
    _, reached = person.run(script, **more)
    assert reached == ["b'hello\\n'"]
    result, refused = person.run(script, network="none", **more)
    assert result["exit_code"] == 1
    assert refused[-1] == "ConnectionRefusedError: [Errno 111] Connection refused"
