// Run by Deno: the journey of whoever standard input says.

import * as client from '../src/index.js';
import { journey } from './journey.js';

await journey(client, await new Response(Deno.stdin.readable).json());
