import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
/** Of the networks that are kept for documentation: nobody is there. */
const ELSEWHERE = '198.51.100.1';
const REFUSED = /this system connects to nothing but loopback/;

describe('a process of the system, tests included,', () => {
  it('MUST NOT connect to anything but loopback, however it tries', async () => {
    expect(() => connect(80, ELSEWHERE)).toThrow(REFUSED);
    expect(() => connect({ port: 80, host: 'example.org' })).toThrow(REFUSED);
    await expect(request(`http://${ELSEWHERE}/`)).rejects.toThrow(REFUSED);
    await expect(fetch(`http://${ELSEWHERE}/`)).rejects.toMatchObject({ cause: { message: expect.stringMatching(REFUSED) } });
  });

  it('MUST NOT by way of a process that it starts either', async () => {
    const script = `require('node:net').connect(443, '${ELSEWHERE}')`;
    await expect(run(process.execPath, ['-e', script], { env: process.env })).rejects.toMatchObject({ stderr: expect.stringMatching(REFUSED) });
  });
});
