import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

const core = readFileSync(new URL('../src/index.js', import.meta.url), 'utf8');
const gzipped = text => gzipSync(text, { level: 9 }).length;

test('the core is one file, and its code has at most 4,096 bytes, gzipped', t => {
  assert.ok(!/^\s*import\b|\bimport\(/m.test(core), 'it imports nothing');
  // Comments are for whoever reads it; every bundler drops them, and renames more than that.
  const code = core.replace(/^ *\/\/.*\n/gm, '').replace(/ \/\/ .*$/gm, '');
  t.diagnostic(`${gzipped(code)} bytes; ${gzipped(core)} with its comments`);
  assert.ok(gzipped(code) <= 4096, `${gzipped(code)} bytes`);
});
