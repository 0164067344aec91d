import t from 'tap';
import { importEngine } from '../../src/reference/engine-module.js';

t.test('gives the package that is installed', async (t) => {
  t.type((await importEngine()).getLlama, 'function');
});

t.test('without the package it says what to install', async (t) => {
  const cause = new Error("Cannot find package 'node-llama-cpp'");
  const importing = importEngine(() => Promise.reject(cause));
  await t.rejects(importing, { code: 'engine_missing', message: /npm install node-llama-cpp@3/, cause });
});
