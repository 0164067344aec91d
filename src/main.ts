#!/usr/bin/env node
import { createRequire } from 'node:module';

// As CommonJS: what an ES module imports of Node.js is made ready whole, which takes 8 ms.
createRequire(import.meta.url)('./loading/start.cjs');
