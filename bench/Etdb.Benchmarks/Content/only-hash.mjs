// usage: node only-hash.mjs FILE (run from a folder that has ipfs-core 0.18.1)
// What `jsipfs add --only-hash FILE` calls, in a node that is offline and has no peers; prints {"cid","seconds","cpu"} of the add alone.
import { create } from 'ipfs-core'
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const repo = mkdtempSync(join(tmpdir(), 'etdb-bench-js-'))
const ipfs = await create({ repo, silent: true, offline: true, start: false, init: { emptyRepo: true, algorithm: 'Ed25519' } })
const start = performance.now()
const cpu = process.cpuUsage()
const { cid } = await ipfs.add({ content: createReadStream(process.argv[2], { highWaterMark: 1 << 18 }) }, { onlyHash: true, pin: false })
const used = process.cpuUsage(cpu)
console.log(JSON.stringify({ cid: cid.toString(), seconds: (performance.now() - start) / 1000, cpu: (used.user + used.system) / 1e6 }))
rmSync(repo, { recursive: true, force: true })
process.exit(0)
