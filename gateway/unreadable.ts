import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { REQUEST_ID_HEADER } from '#schema/identity.ts';
import { httpError } from './errors.ts';
import { SECURITY_HEADERS } from './headers.ts';

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
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = randomUUID();
  const { status, body } = httpError(FAULTS[error.code ?? ''] ?? NO_REQUEST, requestId);
  const text = JSON.stringify(body);
  const headers = {
    ...SECURITY_HEADERS,
    [REQUEST_ID_HEADER]: requestId,
    connection: 'close',
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('\r\n')}\r\n\r\n${text}`);
}
