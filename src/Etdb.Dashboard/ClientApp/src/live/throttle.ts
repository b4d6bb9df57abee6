/** Runs an action for a key at once, and then at most once in `ms` while requests keep coming; the last one is never lost. */
export class Throttle {
  private readonly waiting = new Map<string, { timer: ReturnType<typeof setTimeout>; again: boolean }>();

  constructor(private readonly action: (key: readonly unknown[]) => void) {}

  request(key: readonly unknown[], ms: number): void {
    const name = JSON.stringify(key);
    const current = this.waiting.get(name);
    if (current) {
      current.again = true;
      return;
    }
    this.action(key);
    this.waiting.set(name, { again: false, timer: setTimeout(() => this.elapsed(key, name, ms), ms) });
  }

  dispose(): void {
    for (const { timer } of this.waiting.values()) clearTimeout(timer);
    this.waiting.clear();
  }

  private elapsed(key: readonly unknown[], name: string, ms: number): void {
    const again = this.waiting.get(name)?.again ?? false;
    this.waiting.delete(name);
    if (again) this.request(key, ms);
  }
}
