#!/usr/bin/env node
import { run } from './run.js';

run('dashboard', ['--max-old-space-size=192', '--disable-warning=ExperimentalWarning']);
