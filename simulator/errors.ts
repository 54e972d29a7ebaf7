/**
 * An answer that is not 200. As seen on PVE 9.2 the reason phrase is the first line of the message; the proxy's own
 * refusals (401, 595, 596) have a reason and no body.
 */
export class ApiError extends Error {
  readonly status: number;
  readonly errors: Readonly<Record<string, string>> | null;
  readonly body: "json" | "text" | "none";
  constructor(
    status: number,
    message: string,
    options: { errors?: Record<string, string>; body?: "json" | "text" | "none" } = {},
  ) {
    super(message);
    this.status = status;
    this.errors = options.errors ?? null;
    this.body = options.body ?? "json";
  }
}

/** What any `die` of a handler becomes. */
export const died = (message: string): ApiError => new ApiError(500, `${message}\n`);

/** A refusal of parameters, one text per parameter. */
export const badParameters = (errors: Record<string, string>): ApiError =>
  new ApiError(400, "Parameter verification failed.\n", { errors });

export const forbidden = (path: string, wanted: readonly string[], any = false): ApiError =>
  new ApiError(403, `Permission check failed (${path}, ${wanted.join(any ? "|" : ", ")})\n`);

/** A refusal by the proxy itself: only a reason phrase. */
export const proxyError = (status: number, reason: string): ApiError =>
  new ApiError(status, reason, { body: "none" });
