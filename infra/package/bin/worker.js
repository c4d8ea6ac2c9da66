#!/usr/bin/env node
import { run } from './run.js';

run('worker', ['--max-old-space-size=192', '--max-semi-space-size=16']);
