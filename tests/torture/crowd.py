"""Clients that talk to a server until they are stopped."""

import threading


class Crowd:
    """Threads that converse over and over. `converse(crowd, number)` has one conversation of a client and counts what it
    gets by `crowd.count()`; whatever it raises is kept in `failures`."""

    def __init__(self, converse, clients=4):
        self._converse = converse
        self._over = threading.Event()
        self._lock = threading.Lock()
        self.conversations = 0
        self.answered = 0
        self.failures = []
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(clients)]
        for thread in self._threads:
            thread.start()

    def count(self, conversations=0, answered=0):
        with self._lock:
            self.conversations += conversations
            self.answered += answered

    def _run(self, number):
        while not self._over.is_set():
            try:
                self._converse(self, number)
            except Exception as error:  # of whatever kind: something was lost
                with self._lock:
                    self.failures.append(repr(error))

    def stop(self):
        self._over.set()
        for thread in self._threads:
            thread.join()
