"""What goes on all along while a test does something else."""

import threading


class Beside:
    """Does `step` every `every_s` seconds, on a thread of its own, while the `with` block runs.  What a step raises ends it, and is raised at the end
    of the block: a watch that stopped watching shall not pass for one that saw nothing."""

    every_s = 0.1

    def __enter__(self):
        self._stopped, self._error = threading.Event(), None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind, *ignored):
        self._stopped.set()
        self._thread.join()
        if kind is None and self._error is not None:
            raise self._error

    def _run(self):
        try:
            while not self._stopped.wait(self.every_s):
                self.step()
        except Exception as error:  # of another thread: raised where it is seen
            self._error = error

    def step(self):
        raise NotImplementedError
