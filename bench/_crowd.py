"""A crowd of listeners in one process: raw sockets and epoll, so that it costs little beside the server.

    python bench/_crowd.py HOST PORT COUNT PATH FOLDER

Prints ``ready COUNT`` when all listen, collects until its input ends and all is quiet, and writes for each
event the moments at which it was there, one for each listener, into FOLDER/<id>.f64: float64, by
`time.monotonic`, which all processes of a machine share.
"""

from __future__ import annotations

import re
import resource
import select
import socket
import sys
import time
from array import array
from pathlib import Path

AT_ONCE = 200
QUIET_S, QUIET_S_MAX = 3.0, 90.0
"""When its input has ended it listens on until nothing has come for so long; at most for so long."""
TAIL_BYTES = 96
_SAID = re.compile(rb"id: (\d+)\r?\nevent: said\r?\n")


class Crowd:
    """So many listeners of one path.

    Parameters
    ----------
    address : (str, int)
    count : int
    path : str
    reads : bool
        Whether they ever read after they were let in.
    """

    def __init__(self, address: tuple[str, int], count: int, path: str, *, reads: bool = True) -> None:
        self.address, self.count, self.path, self.reads = address, count, path, reads
        self.times: dict[int, array[float]] = {}
        self.plugs: dict[int, socket.socket] = {}
        self.tails: dict[int, bytes] = {}
        self.refused = self.closed = 0
        self.heard_s = time.monotonic()
        self.poll = select.epoll()

    def connect(self, within_s: float = 120.0) -> int:
        """Let all in, some at a time; returns how many are in."""
        request = f"GET {self.path} HTTP/1.1\r\nHost: {self.address[0]}\r\n\r\n".encode()
        until_s = time.monotonic() + within_s
        for begin in range(0, self.count, AT_ONCE):
            waiting = set()
            for _ in range(min(AT_ONCE, self.count - begin)):
                plug = socket.socket()
                plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
                plug.setblocking(False)
                plug.connect_ex(self.address)
                self.plugs[plug.fileno()] = plug
                self.tails[plug.fileno()] = b""
                self.poll.register(plug.fileno(), select.EPOLLOUT)
                waiting.add(plug.fileno())
            while waiting and time.monotonic() < until_s:
                for number, events in self.poll.poll(1.0):
                    if events & select.EPOLLOUT:
                        self.plugs[number].send(request)
                        self.poll.modify(number, select.EPOLLIN)
                    elif number in waiting and self._welcomed(number):
                        waiting.discard(number)
                        if not self.reads and number in self.plugs:
                            self.poll.unregister(number)
                    elif number in self.plugs and number not in waiting:
                        self._take(number)
        return len(self.plugs)

    def _welcomed(self, number: int) -> bool:
        data = self._read(number)
        if data is None:
            return True
        self.tails[number] += data
        if b"503 Service" in self.tails[number]:
            self.refused += 1
            self._close(number)
            return True
        return b"event: hello" in self.tails[number]

    def _read(self, number: int) -> bytes | None:
        try:
            data = self.plugs[number].recv(65_536)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self.closed += 1
            self._close(number)
            return None
        return data

    def _close(self, number: int) -> None:
        self.poll.unregister(number)
        self.plugs.pop(number).close()

    def _take(self, number: int) -> None:
        data = self._read(number)
        if not data:
            return
        now = time.monotonic()
        text = self.tails[number] + data
        end = 0
        for found in _SAID.finditer(text):
            self.times.setdefault(int(found[1]), array("d")).append(now)
            self.heard_s = now
            end = found.end()
        self.tails[number] = text[max(end, len(text) - TAIL_BYTES) :]

    def collect(self, until_s: float, enough: int | None = None) -> None:
        """Take what comes until a moment, or until the last event of so many is with everybody."""
        while (left_s := until_s - time.monotonic()) > 0 and self.plugs:
            for number, _ in self.poll.poll(min(left_s, 0.2)):
                self._take(number)
            if enough is not None and len(self.times) >= enough and self._everybody_has_all():
                return

    def _everybody_has_all(self) -> bool:
        return min(len(one) for one in self.times.values()) >= len(self.plugs)

    def leave(self) -> None:
        """Close all."""
        for plug in self.plugs.values():
            plug.close()
        self.plugs.clear()
        self.poll.close()


def main(host: str, port: str, count: str, path: str, folder: str) -> None:
    """See the module."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    crowd = Crowd((host, int(port)), int(count), path)
    print(f"ready {crowd.connect()}", flush=True)
    poll = select.poll()
    poll.register(sys.stdin.fileno(), select.POLLIN | select.POLLHUP)
    while not poll.poll(0):
        crowd.collect(time.monotonic() + 0.2)
    until_s = time.monotonic() + QUIET_S_MAX
    while crowd.plugs and time.monotonic() < min(until_s, crowd.heard_s + QUIET_S):
        crowd.collect(time.monotonic() + 0.2)
    for index, times in crowd.times.items():
        with (Path(folder) / f"{index}.f64").open("ab") as file:
            times.tofile(file)
    print(f"closed {crowd.closed}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
