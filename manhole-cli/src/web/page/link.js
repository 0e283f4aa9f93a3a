// The connection to `manhole web`, which passes requests to the applications.

const RETRY_MS = 1000;

export class Link {
  #socket = null;
  #lastId = 0;
  #waiting = new Map();
  #token;
  /** Called with the labels of the applications, with each new session, and with the state of the connection. */
  onTargets = () => {};
  onOpened = () => {};
  onState = () => {};

  constructor(token) {
    this.#token = token;
    this.#open();
  }

  #open() {
    const socket = new WebSocket(`ws://${location.host}/session`, ["manhole", this.#token || "none"]);
    let wasOpen = false;
    socket.onopen = () => {
      wasOpen = true;
      this.#socket = socket;
      this.onState("open");
    };
    socket.onmessage = ({ data }) => this.#take(JSON.parse(data));
    socket.onclose = () => {
      this.#socket = null;
      for (const { reject } of this.#waiting.values()) reject({ kind: "link", text: "error: manhole web has ended" });
      this.#waiting.clear();
      this.onState(wasOpen ? "lost" : "refused");
      setTimeout(() => this.#open(), RETRY_MS);
    };
  }

  #take(message) {
    if (message.targets) this.onTargets(message.targets);
    else if (message.opened !== undefined) this.onOpened(message.opened, message.info);
    else {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.error) waiting?.reject(message.error);
      else waiting?.resolve({ ...message.result, printed: message.printed });
    }
  }

  /** Sends a request of the protocol. */
  send(target, lane, method, params = {}) {
    return new Promise((resolve, reject) => {
      if (!this.#socket) {
        reject({ kind: "link", text: "error: no connection to manhole web" });
        return;
      }
      const id = ++this.#lastId;
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, target, lane, method, params }));
    });
  }

  /** Cancels all requests of a lane so far. */
  cancel(target, lane) {
    this.#socket?.send(JSON.stringify({ id: this.#lastId, target, lane, method: "cancel" }));
  }
}

/** One application, as the views see it. */
export class Program {
  /** What the application has said of itself. `null` before the first session. */
  info = null;

  constructor(link, index, label) {
    this.link = link;
    this.index = index;
    this.label = label;
  }

  ask(method, params) {
    return this.link.send(this.index, "views", method, params);
  }

  command(method, params) {
    return this.link.send(this.index, "console", method, params);
  }

  stop() {
    this.link.cancel(this.index, "console");
  }

  get mayWrite() {
    return this.info !== null && this.info.level !== "observe";
  }
}
