import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { REQUEST_ID_HEADER } from '#schema/identity.ts';
import { httpError } from './errors.ts';
import { SECURITY_HEADERS } from './headers.ts';

/** Node's error, with the bytes that came last: a Buffer, if they are known. */
type UnreadableError = NodeJS.ErrnoException & { readonly rawPacket?: unknown };

/** By Node's codes: what is wrong with bytes that are no request, or too much of one. */
const FAULTS: Readonly<Record<string, { readonly statusCode: number; readonly message: string }>> = {
  HPE_HEADER_OVERFLOW: { statusCode: 431, message: 'Tiêu đề quá lớn · expected headers of less than 16 KiB in all' },
  ERR_HTTP_REQUEST_TIMEOUT: { statusCode: 408, message: 'Yêu cầu đến quá chậm · expected the whole request sooner' },
};
const NO_REQUEST = { statusCode: 400, message: 'Không phải yêu cầu HTTP · expected an HTTP request' };

/**
 * Answers what cannot be read as a request, in the form of all answers, and ends the connection, as it says: nobody can tell where the next
 * request begins, and a client that kept the connection would lose it.
 */
export function answerUnreadable(error: UnreadableError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = randomUUID();
  const { status, body } = httpError(FAULTS[error.code ?? ''] ?? NO_REQUEST, requestId);
  const text = mayHaveBody(error) ? JSON.stringify(body) : '';
  const headers = {
    ...SECURITY_HEADERS,
    [REQUEST_ID_HEADER]: requestId,
    connection: 'close',
    ...(text !== '' && { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(text) }),
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('\r\n')}\r\n\r\n${text}`);
}

/**
 * Whether what was sent is known not to be a HEAD, whose client would take a body for something that nobody asked for. The parser does not say what
 * method it read; what came last does where a request begins with it.
 */
function mayHaveBody({ code, rawPacket }: UnreadableError): boolean {
  return code === 'HPE_INVALID_METHOD' || /^(?!HEAD )[A-Z]+ /.test(Buffer.isBuffer(rawPacket) ? rawPacket.toString('latin1', 0, 16) : '');
}
