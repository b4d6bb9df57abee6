// js-oip 2.5.1, unchanged, against the address given. Writes what it reads as one line of JSON.
const { DaemonApi } = require('js-oip')

const [base, txid, reference] = process.argv.slice(2)
const show = a => ({ name: a.getClassName ? a.getClassName() : a.constructor.name, title: a.getTitle(), txid: a.getTXID(), address: a.getPubAddress ? a.getPubAddress() : undefined })

async function main () {
  const api = new DaemonApi(base)
  const out = {}
  out.version = await api.getVersion()
  out.status = await api.getSyncStatus()
  out.latest = (await api.getLatestArtifacts(10)).artifacts.map(show)
  out.latest042 = (await api.getLatest042Artifacts(10)).artifacts.map(show)
  out.latest041 = (await api.getLatest041Artifacts(10)).artifacts.length
  out.alexandria = (await api.getLatestAlexandriaMediaArtifacts(10)).artifacts.length
  const query = api.createQs([{ field: 'artifact.details.speciesName', query: 'Test species' }, { operator: 'AND' }, { field: 'artifact.info.title', query: 'better' }])
  const found = await api.searchArtifacts(query, 5)
  out.search = { query, total: found.total, count: found.count, artifacts: found.artifacts.map(show) }
  out.byType = (await api.searchArtifactsByType('Research', 'Tomogram')).artifacts.length
  out.one = show((await api.getArtifact(txid)).artifact)
  out.none = await api.getArtifact('ffffffff')
  out.record = show((await api.getRecord(txid)).record)
  out.several = (await api.getArtifacts([txid, reference])).artifacts.length
  out.floData = (await api.getFloData(txid)).tx
  out.floDataFound = (await api.searchFloData(`tx.txid:${reference}`)).txs.length
  const multipart = (await api.getMultipart(reference)).multipart
  out.multipart = { part: multipart.getPart(), max: multipart.getMax(), reference: multipart.getReference(), meta: multipart.meta }
  out.multiparts = (await api.getMultiparts(reference, 100)).multiparts.map(m => m.getPart())
  out.historian = (await api.getLastestHistorianData()).hdata.length
  console.log(JSON.stringify(out))
}

main().then(() => process.exit(0), e => { console.error(e && (e.stack || JSON.stringify(e))); process.exit(1) })
