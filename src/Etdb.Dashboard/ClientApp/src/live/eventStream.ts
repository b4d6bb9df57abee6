/** One server-sent event. */
export interface StreamEvent {
  id: string | null;
  type: string;
  data: string;
}

const bufferLimit = 4 * 1024 * 1024;

/**
 * Splits a `text/event-stream` into events (WHATWG HTML, 9.2.6). Own code instead of EventSource because that hides the
 * heartbeat comments, without which a dead connection looks like a quiet one, and cannot send Last-Event-ID after a refusal.
 */
export class EventStreamParser {
  private buffer = '';
  private searched = 0;
  private lastId: string | null = null;
  private type = '';
  private data: string[] = [];
  private started = false;

  constructor(private readonly onEvent: (event: StreamEvent) => void) {}

  /** Takes the next piece of text, cut anywhere. */
  push(text: string): void {
    this.buffer += this.started ? text : text.replace(/^\ufeff/, '');
    this.started = true;
    let start = 0;
    for (;;) {
      const end = lineEnd(this.buffer, Math.max(start, this.searched));
      if (end === null) break;
      this.line(this.buffer.slice(start, end.at));
      start = end.next;
    }
    this.buffer = this.buffer.slice(start);
    this.searched = this.buffer.endsWith('\r') ? this.buffer.length - 1 : this.buffer.length;
    if (this.buffer.length > bufferLimit) throw new Error('An event of the live feed is longer than 4 MiB.');
  }

  private line(line: string): void {
    if (line === '') return this.dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') this.data.push(value);
    else if (field === 'event') this.type = value;
    else if (field === 'id' && !value.includes('\0')) this.lastId = value;
  }

  private dispatch(): void {
    if (this.data.length > 0) this.onEvent({ id: this.lastId, type: this.type || 'message', data: this.data.join('\n') });
    this.type = '';
    this.data = [];
  }
}

function lineEnd(text: string, from: number): { at: number; next: number } | null {
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\n') return { at: i, next: i + 1 };
    if (text[i] !== '\r') continue;
    if (i + 1 === text.length) return null; // the other half of CR LF may still come
    return { at: i, next: text[i + 1] === '\n' ? i + 2 : i + 1 };
  }
  return null;
}
