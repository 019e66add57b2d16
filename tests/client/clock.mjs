// A clock that goes only when told to.

export class FakeClock {
  time = 0;
  #tasks = new Map();
  #last = 0;

  now = () => this.time;

  set = (task, ms) => {
    this.#last += 1;
    this.#tasks.set(this.#last, { task, at: this.time + ms });
    return this.#last;
  };

  clear = (id) => this.#tasks.delete(id);

  pass(ms) {
    const until = this.time + ms;
    for (;;) {
      const due = [...this.#tasks].filter(([, one]) => one.at <= until).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.#tasks.delete(due[0]);
      this.time = due[1].at;
      due[1].task();
    }
    this.time = until;
  }
}
