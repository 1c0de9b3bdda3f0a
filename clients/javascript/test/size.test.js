import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

test('the core is one file of at most 4,096 bytes, gzipped as it is', t => {
  const core = readFileSync(new URL('../src/index.js', import.meta.url));
  assert.ok(!/^\s*import\b|\bimport\(/m.test(core), 'it imports nothing');
  const size = gzipSync(core, { level: 9 }).length;
  t.diagnostic(`${size} bytes`);
  assert.ok(size <= 4096, `${size} bytes`);
});
