import { testFolder } from './fixtures/folder-tests.js';

testFolder(import.meta.url);
