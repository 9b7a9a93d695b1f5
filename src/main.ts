#!/usr/bin/env bun
import { run } from './cli/run.ts'
import { surroundings } from './cli/surroundings.ts'

process.exit(await run(surroundings()))
