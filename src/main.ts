#!/usr/bin/env node
import './node-version.js'

// A Node that is too old could not load the program.
void import('./start.js')
