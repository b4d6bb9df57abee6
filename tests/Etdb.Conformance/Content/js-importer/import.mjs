// usage: node import.mjs < jobs.json
// Reads [{"path","engine":"js-ipfs"|"current","profile"?,"cidVersion"?,"rawLeaves"?,"chunk"?,"maxLinks"?}], computes each CID without storing
// anything (what `ipfs add --only-hash` does), prints [{"cid","seconds"}].
import { createReadStream, readFileSync } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'

const engines = {
  // The importer that ipfs-core 0.18.1 (js-ipfs) installs; the options are those of its `add --only-hash`.
  'js-ipfs': async (job) => ({
    importer: (await import('importer-of-js-ipfs')).importer,
    options: {
      ...shared(job),
      onlyHash: true,
      strategy: 'balanced',
      chunker: 'fixed',
      maxChunkSize: job.chunk ?? 262144,
      maxChildrenPerNode: job.maxLinks ?? 174
    }
  }),
  current: async (job) => ({
    importer: (await import('ipfs-unixfs-importer')).importer,
    options: job.profile
      ? { profile: job.profile }
      : {
          ...shared(job),
          chunker: (await import('ipfs-unixfs-importer/chunker')).fixedSize({ chunkSize: job.chunk ?? 262144 }),
          layout: (await import('ipfs-unixfs-importer/layout')).balanced({ maxChildrenPerNode: job.maxLinks ?? 174 })
        }
  })
}

function shared (job) {
  return {
    cidVersion: job.cidVersion ?? 0,
    rawLeaves: job.rawLeaves ?? false,
    reduceSingleLeafToSelf: true,
    leafType: 'file',
    shardSplitThresholdBytes: 262144
  }
}

const nowhere = { put: async (cid) => cid, has: async () => false, get: async (cid) => { throw new Error(`not stored: ${cid}`) } }

async function * walk (path, name) {
  const stat = await lstat(path)
  if (!stat.isDirectory()) {
    yield { path: name, content: createReadStream(path, { highWaterMark: 1 << 20 }) }
    return
  }
  const names = await readdir(path)
  if (names.length === 0) yield { path: name }
  for (const child of names) yield * walk(join(path, child), `${name}/${child}`)
}

const results = []
for (const job of JSON.parse(readFileSync(0, 'utf8'))) {
  const { importer, options } = await engines[job.engine](job)
  const start = performance.now()
  let last
  for await (const entry of importer(walk(job.path, basename(job.path)), nowhere, options)) last = entry
  results.push({ cid: last.cid.toString(), seconds: (performance.now() - start) / 1000 })
}
console.log(JSON.stringify(results))
