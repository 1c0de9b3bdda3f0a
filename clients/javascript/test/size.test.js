import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { minified } from './minified.js';

const core = readFileSync(new URL('../src/index.js', import.meta.url), 'utf8');
const gzipped = text => gzipSync(text, { level: 9 }).length;

test('the core is one file, and has at most 4,096 bytes, minified and gzipped', t => {
  assert.ok(!/^\s*import\b|\bimport\(/m.test(core), 'it imports nothing');
  // A page without a build step gets the file as it is; comments are for whoever reads it.
  const code = core.replace(/^ *\/\/.*\n/gm, '').replace(/ \/\/ .*$/gm, '');
  const [small, plain, whole] = [minified(), code, core].map(gzipped);
  t.diagnostic(`gzipped: ${small} bytes minified, ${plain} without comments, ${whole} as it is`);
  assert.ok(small <= 4096, `${small} bytes`);
});
