import { EventStreamParser, type StreamEvent } from './eventStream';

/**
 * `live`: the feed has said something, if only a heartbeat, within the last 35 s.
 * `reconnecting`: it broke a moment ago. `stale`: it has been broken for longer than the grace time.
 */
export type LinkKind = 'connecting' | 'live' | 'reconnecting' | 'stale';

export interface LinkState {
  kind: LinkKind;
  /** When the feed last said something; null if it never did. */
  heardAt: number | null;
}

export interface LiveOptions {
  url: string;
  onEvents: (events: StreamEvent[]) => void;
  onState: (state: LinkState) => void;
  fetch?: typeof fetch;
  now?: () => number;
}

const heartbeatMs = 15_000;
const silenceLimitMs = 2 * heartbeatMs + 5_000;
const graceMs = 8_000;
const retryFirstMs = 500;
const retryMostMs = 15_000;
const flushMs = 120;
const checkMs = 1_000;

/** Keeps one event stream open for as long as it runs: heartbeat watch, back-off with jitter, Last-Event-ID. */
export class LiveConnection {
  private readonly stop = new AbortController();
  private readonly fetch: typeof fetch;
  private readonly now: () => number;
  private state: LinkState = { kind: 'connecting', heardAt: null };
  private brokenSince: number;
  private lastId: string | null = null;
  private pending: StreamEvent[] = [];
  private flushTimer: ReturnType<typeof setTimeout> | null = null;
  private wake: (() => void) | null = null;

  constructor(private readonly options: LiveOptions) {
    this.fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    this.now = options.now ?? Date.now;
    this.brokenSince = this.now();
  }

  start(): void {
    void this.run();
  }

  close(): void {
    this.stop.abort();
    if (this.flushTimer) clearTimeout(this.flushTimer);
    this.wake?.();
  }

  /** Tries again at once, for example because the device is online again. */
  retryNow(): void {
    this.wake?.();
  }

  private async run(): Promise<void> {
    const check = setInterval(() => this.checkGrace(), checkMs);
    let delay = retryFirstMs;
    while (!this.stop.signal.aborted) {
      const opened = await this.streamOnce();
      if (this.stop.signal.aborted) break;
      this.broken();
      delay = opened ? retryFirstMs : Math.min(delay * 2, retryMostMs);
      await this.pause(delay * (0.7 + 0.6 * Math.random()));
    }
    clearInterval(check);
  }

  /** True if the feed was opened at all. */
  private async streamOnce(): Promise<boolean> {
    const attempt = new AbortController();
    const abort = () => attempt.abort();
    this.stop.signal.addEventListener('abort', abort, { once: true });
    let watchdog = setTimeout(abort, silenceLimitMs);
    let opened = false;
    try {
      const headers: Record<string, string> = { Accept: 'text/event-stream' };
      if (this.lastId !== null) headers['Last-Event-ID'] = this.lastId;
      const response = await this.fetch(this.options.url, { headers, cache: 'no-store', signal: attempt.signal });
      if (!response.ok || !response.body) return false;
      const parser = new EventStreamParser((event) => this.enqueue(event));
      const decoder = new TextDecoder();
      const reader = response.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return opened;
        opened = true;
        clearTimeout(watchdog);
        watchdog = setTimeout(abort, silenceLimitMs);
        this.setState({ kind: 'live', heardAt: this.now() });
        parser.push(decoder.decode(value, { stream: true }));
      }
    } catch {
      return opened; // cut, refused or silent: the caller waits and tries again
    } finally {
      clearTimeout(watchdog);
      attempt.abort();
      this.stop.signal.removeEventListener('abort', abort);
    }
  }

  private enqueue(event: StreamEvent): void {
    if (event.id !== null) this.lastId = event.id;
    this.pending.push(event);
    this.flushTimer ??= setTimeout(() => this.flush(), flushMs);
  }

  private flush(): void {
    this.flushTimer = null;
    const events = this.pending;
    this.pending = [];
    this.options.onEvents(events);
  }

  private broken(): void {
    if (this.state.kind === 'live') {
      this.brokenSince = this.now();
      this.setState({ ...this.state, kind: 'reconnecting' });
    }
    this.checkGrace();
  }

  private checkGrace(): void {
    if (this.state.kind === 'live' || this.state.kind === 'stale') return;
    if (this.now() - this.brokenSince > graceMs) this.setState({ ...this.state, kind: 'stale' });
  }

  private setState(state: LinkState): void {
    const changed = state.kind !== this.state.kind;
    this.state = state;
    if (changed) this.options.onState(state);
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.wake = null;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.wake = done;
    });
  }
}
