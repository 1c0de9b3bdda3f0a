// The client as bundlers make it: comments, spaces and names are gone.

import { readFileSync } from 'node:fs';
import { transformSync } from 'esbuild';

const core = readFileSync(new URL('../src/index.js', import.meta.url), 'utf8');

/** Its text, as a module, or in another form that esbuild knows. */
export const minified = options => transformSync(core, { minify: true, format: 'esm', ...options }).code;
