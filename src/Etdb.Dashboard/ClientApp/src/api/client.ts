/** A request that did not give an answer: what was tried, and what the server said about it. */
export class ApiError extends Error {
  constructor(
    readonly status: number | null,
    readonly title: string,
    detail: string,
  ) {
    super(detail);
    this.name = 'ApiError';
  }
}

export const apiBase = '/api/v1';
const requestTimeoutMs = 20_000;

/** Reads JSON; throws ApiError with a sentence that can be shown to the reader. */
export async function request<T>(path: string, init: RequestInit = {}): Promise<T> {
  const timeout = AbortSignal.timeout(requestTimeoutMs);
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
  let response: Response;
  try {
    response = await fetch(apiBase + path, { ...init, signal, headers: { Accept: 'application/json', ...init.headers } });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(null, 'No answer from the server', timeout.aborted
      ? `The server did not answer ${apiBase}${path} within ${requestTimeoutMs / 1000} s.`
      : 'The server cannot be reached. Check that it is running and that this device is online.');
  }
  if (!response.ok) throw await problem(response, path);
  try {
    return (await response.json()) as T;
  } catch {
    throw new ApiError(response.status, 'The answer cannot be read', `The server answered ${apiBase}${path} with something that is not JSON.`);
  }
}

export function post<T>(path: string, body: unknown): Promise<T> {
  return request<T>(path, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } });
}

/** Deletes; the answer has no body. */
export async function remove(path: string): Promise<void> {
  const response = await fetch(apiBase + path, { method: 'DELETE', signal: AbortSignal.timeout(requestTimeoutMs) });
  if (!response.ok) throw await problem(response, path);
}

async function problem(response: Response, path: string): Promise<ApiError> {
  const fallback = `The server answered ${response.status} to ${apiBase}${path}.`;
  try {
    const body = (await response.json()) as { title?: string; detail?: string };
    return new ApiError(response.status, body.title ?? 'The server refused the request', body.detail ?? fallback);
  } catch {
    return new ApiError(response.status, response.status === 404 ? 'Not found' : 'The server refused the request', fallback);
  }
}
