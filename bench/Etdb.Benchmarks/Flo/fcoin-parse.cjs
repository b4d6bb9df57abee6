// node fcoin-parse.cjs BLOCKFILE MILLISECONDS: parses the block again and again with fcoin's own parser and hashes every
// transaction and the Merkle root; prints the microseconds a block took.
'use strict'
const { createRequire } = require('module')
const fs = require('fs')
const path = require('path')
const home = createRequire(path.join(process.env.FCOIN_HOME, 'package.json'))
const fcoin = createRequire(home.resolve('fcoin/package.json'))
const Block = fcoin('./lib/primitives/block')
const raw = fs.readFileSync(process.argv[2])
const limit = Number(process.argv[3])
const once = () => Block.fromRaw(raw).createMerkleRoot()
let root
for (let warm = performance.now(); performance.now() - warm < limit / 2;) root = once()
let runs = 0
const start = performance.now()
while (performance.now() - start < limit) { root = once(); runs++ }
const microseconds = (performance.now() - start) * 1000 / runs
console.log(JSON.stringify({ microseconds, root: Buffer.from(root).reverse().toString('hex') }))
