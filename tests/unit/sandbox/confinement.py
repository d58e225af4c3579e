# SPDX-License-Identifier: Apache-2.0
"""Run inside the sandbox: says what it can see and do, one fact a line."""
import os
import socket
import sys

print("uid", os.getuid(), os.geteuid(), os.getgid(), os.getegid())
print("groups", os.getgroups())
for line in open("/proc/self/status"):
    if line.startswith(("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp:")):
        print(" ".join(line.split()))
for name in ("user", "pid", "net", "ipc", "uts", "cgroup", "mnt"):
    print("ns", name, os.readlink("/proc/self/ns/" + name))
print("pids", sorted(int(name) for name in os.listdir("/proc") if name.isdigit()) == [1, os.getpid()])
print("interfaces", [name for _, name in socket.if_nameindex()])
print("hostname", socket.gethostname())
print("cwd", os.getcwd())
print("root", sorted(os.listdir("/")))
print("job", sorted(os.listdir("/job")))
print("fds", sorted(os.listdir("/proc/self/fd"))[:-1])
print("input", open("/job/input/city").read())
print("request", open("/job/request.json").read())
print("env", sorted(os.environ))
for folder in ("/", "/job", "/job/input", "/usr", "/etc", "/run", "/dev", "/proc", "/tmp",
               "/dev/shm", "/job/output", "/bin", "/sys", "/var", "/home", "/root", "/mnt"):
    try:
        with open(folder + "/written", "w") as file:
            file.write("x")
        print("writable", folder)
    except OSError:
        pass
for path in ("/job/script", "/job/request.json", "/job/input/city", "/etc/passwd", "/run/maps-init"):
    try:
        os.close(os.open(path, os.O_WRONLY))
        print("writable", path)
    except OSError:
        pass
for path in ("/proc/1/fd", "/proc/1/root", "/proc/1/cwd"):
    try:
        os.listdir(path)
        print("readable", path)
    except OSError:
        pass
for path in ("/proc/1/environ", "/proc/1/mem", "/proc/1/maps"):
    try:
        open(path, "rb").read(1)
        print("readable", path)
    except OSError:
        pass
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), 2).close()
    print("reached the host")
except OSError:
    print("alone")
print("mounts", sorted({line.split()[4] for line in open("/proc/self/mountinfo")
                        if line.split()[5].startswith("rw")
                        and not line.split()[4].startswith(("/proc", "/dev/"))}))
